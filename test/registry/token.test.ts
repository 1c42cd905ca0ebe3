import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { openHttp } from "../../src/registry/http/http-client.ts";
import { fetchToken, type TokenRequest } from "../../src/registry/token.ts";

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

type Answer = readonly [status: number, body: string];

/** A token server on loopback that remembers what it was asked. */
async function tokenServer(answer: (asked: Asked) => Answer): Promise<{ realm: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    const { authorization } = headers;
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const question = { method, url, authorization, body: Buffer.concat(chunks).toString() };
      asked.push(question);
      const [status, body] = answer(question);
      response.writeHead(status).end(body);
    });
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  return { realm: `http://127.0.0.1:${port}/token?x=1`, asked };
}

function requestTo(realm: string): TokenRequest {
  return { realm, service: "reg", scopes: ["repository:a:pull", "repository:b:pull,push"], clientId: "client" };
}

const http = openHttp({ variables: {}, homeFolder: "/nowhere", platform: process.platform });
afterAll(() => http.close());

const ada = { kind: "password", username: "ada", password: "p w" } as const;

describe("a token", () => {
  test("for anybody is asked for with GET", async () => {
    const { realm, asked } = await tokenServer(() => [200, '{"token":"T"}']);
    expect(await fetchToken(requestTo(realm), undefined, { http })).toEqual({
      token: "T",
      expiresInSeconds: 60,
      issuedAt: undefined,
    });
    expect(asked).toMatchObject([
      {
        method: "GET",
        url: "/token?x=1&service=reg&scope=repository%3Aa%3Apull&scope=repository%3Ab%3Apull%2Cpush",
        authorization: undefined,
      },
    ]);
  });

  test("for a user is asked for with POST", async () => {
    const body = '{"access_token":"T","token":"U","expires_in":300,"issued_at":"2026-01-02T03:04:05Z"}';
    const { realm, asked } = await tokenServer(() => [200, body]);
    const token = await fetchToken(requestTo(realm), ada, { http });
    expect(token).toEqual({ token: "T", expiresInSeconds: 300, issuedAt: new Date("2026-01-02T03:04:05Z") });
    expect(Object.fromEntries(new URLSearchParams(asked[0]?.body))).toEqual({
      grant_type: "password",
      username: "ada",
      password: "p w",
      client_id: "client",
      service: "reg",
      scope: "repository:a:pull repository:b:pull,push",
    });
  });

  test("for an identity token is asked for as a refresh", async () => {
    const { realm, asked } = await tokenServer(() => [200, '{"access_token":"T"}']);
    await fetchToken(requestTo(realm), { kind: "identity-token", token: "I" }, { http });
    expect(asked[0]?.body).toContain("grant_type=refresh_token");
    expect(asked[0]?.body).toContain("refresh_token=I");
  });

  test.each([400, 401, 404, 405])("is asked for with GET when POST is answered with %i", async (status) => {
    const { realm, asked } = await tokenServer(({ method }) =>
      method === "POST" ? [status, ""] : [200, '{"token":"T"}'],
    );
    expect((await fetchToken(requestTo(realm), ada, { http })).token).toBe("T");
    expect(asked[1]?.authorization).toBe(`Basic ${Buffer.from("ada:p w").toString("base64")}`);
  });

  test("one has already is not asked for", async () => {
    const token = await fetchToken(requestTo("nowhere"), { kind: "registry-token", token: "R" }, { http });
    expect(token.token).toBe("R");
  });
});

describe("no token", () => {
  test.each<[string, Answer, RegExp, boolean]>([
    ["refused", [403, '{"details":"wrong\\u001b[2J password"}'], /HTTP status 403: wrong password/, false],
    ["refused with a list", [403, '{"errors":[{"message":"no"}]}'], /HTTP status 403: no/, false],
    ["broken", [503, "<html>"], /HTTP status 503$/, true],
    ["empty", [200, "{}"], /holds no token/, false],
    ["garbled", [200, "]"], /holds no token/, false],
    ["endless", [200, " ".repeat(2 << 20)], /too large/, true],
  ])("comes of an answer that is %s", async (_, answer, message, retryable) => {
    const { realm } = await tokenServer(() => answer);
    await expect(fetchToken(requestTo(realm), ada, { http })).rejects.toMatchObject({
      code: "registry/token-failed",
      message: expect.stringMatching(message),
      retryable,
    });
  });

  test.each(["http://example.invalid/token", "ftp://127.0.0.1/", "file:///etc/passwd", "nonsense"])(
    "is asked for at %s with a password",
    async (realm) => {
      await expect(fetchToken(requestTo(realm), ada, { http })).rejects.toMatchObject({
        code: "registry/token-failed",
      });
    },
  );

  test("is waited for when the signal aborts", async () => {
    const controller = new AbortController();
    const { realm } = await tokenServer(() => {
      controller.abort(new Error("stop"));
      return [200, "{}"];
    });
    await expect(fetchToken(requestTo(realm), ada, { http, signal: controller.signal })).rejects.toThrow("stop");
  });
});
