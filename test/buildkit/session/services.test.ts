import { createHmac, createPublicKey, verify } from "node:crypto";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  CredentialsRequest,
  CredentialsResponse,
  FetchTokenRequest,
  FetchTokenResponse,
  GetTokenAuthorityRequest,
  GetTokenAuthorityResponse,
  VerifyTokenAuthorityRequest,
  VerifyTokenAuthorityResponse,
} from "../../../src/buildkit/gen/auth.ts";
import { BytesMessage } from "../../../src/buildkit/gen/bytes.ts";
import { GetSecretRequest, GetSecretResponse } from "../../../src/buildkit/gen/secrets.ts";
import { CheckAgentRequest, CheckAgentResponse } from "../../../src/buildkit/gen/ssh.ts";
import type { Method } from "../../../src/buildkit/rpc/method.ts";
import { type AuthPorts, authService } from "../../../src/buildkit/session/auth.ts";
import { secretsService } from "../../../src/buildkit/session/secrets.ts";
import { sshService } from "../../../src/buildkit/session/ssh.ts";
import { uploadAddress, uploadService } from "../../../src/buildkit/session/upload.ts";
import { dial, temporaryFolder } from "../rpc/sockets.ts";
import { ask, converse, withSession } from "./fake-daemon.ts";

describe("a session", () => {
  test("announces itself and each of its methods", async () => {
    const { metadata } = await withSession(secretsService(async () => undefined));
    expect(metadata.get("x-docker-expose-session-uuid")).toEqual(["session-id"]);
    expect(metadata.get("x-docker-expose-session-name")).toEqual(["app"]);
    expect(metadata.get("x-docker-expose-session-sharedkey")).toEqual(["caf%C3%A9:1"]);
    const methods = metadata.get("x-docker-expose-session-grpc-method").join(", ").split(", ");
    expect(methods.sort()).toEqual(["/grpc.health.v1.Health/Check", "/moby.buildkit.secrets.v1.Secrets/GetSecret"]);
  });

  test("ends by our closing, without a failure", async () => {
    const { session } = await withSession();
    await Promise.all([session.close(), session.close()]);
    expect(await session.closed).toBeUndefined();
  });

  test("ends with the connection, and says why", async () => {
    const { session, connection } = await withSession();
    await connection.close();
    expect(await session.closed).toMatchObject({ code: "buildkit/connection-closed" });
  });

  test("ends with the daemon's end of it", async () => {
    const { session, tunnel } = await withSession();
    tunnel.end();
    await session.closed;
  });

  test("ends with what is no HTTP/2", async () => {
    const { session, tunnel } = await withSession();
    tunnel.write({ data: Buffer.from("GET / HTTP/1.1\r\n\r\n".repeat(20)) });
    await session.closed;
  });

  test("refuses methods it does not know", async () => {
    const { client } = await withSession();
    await expect(ask(client, getSecret, { ID: "x", annotations: new Map() })).rejects.toMatchObject({ code: 12 });
  });
});

const getSecret: Method<GetSecretRequest, GetSecretResponse> = {
  path: "/moby.buildkit.secrets.v1.Secrets/GetSecret",
  request: GetSecretRequest,
  response: GetSecretResponse,
};

describe("secrets", () => {
  const service = secretsService(async (id) => {
    if (id === "broken") throw new Error("the file is gone");
    return { known: Buffer.from("value"), large: Buffer.alloc(500 * 1024 + 1) }[id];
  });

  test("are handed out by id", async () => {
    const { client } = await withSession(service);
    const { data } = await ask(client, getSecret, { ID: "known", annotations: new Map() });
    expect(Buffer.from(data).toString()).toBe("value");
  });

  test.each([
    ["none", 5, "secret none not found"],
    ["large", 3, "secret large is larger than 512000 bytes"],
    ["broken", 2, "the file is gone"],
  ])("that cannot be had (%s) are refused", async (id, code, details) => {
    const { client } = await withSession(service);
    await expect(ask(client, getSecret, { ID: id, annotations: new Map() })).rejects.toMatchObject({ code, details });
  });
});

describe("an upload", () => {
  const pull: Method<BytesMessage, BytesMessage> = {
    path: "/moby.upload.v1.Upload/Pull",
    request: BytesMessage,
    response: BytesMessage,
  };

  test("sends a stream whole, whenever it is asked for", async () => {
    const { client } = await withSession(
      uploadService(new Map([["id1", () => Readable.from([Buffer.alloc(5 << 20, 1), Buffer.from("end")])]])),
    );
    const fetch = (id: string): Promise<{ size: number; code: number }> =>
      new Promise((resolve) => {
        const call = converse(client, pull, [
          ["urlpath", new URL(uploadAddress(id)).pathname],
          ["urlhost", "buildkit-session"],
        ]);
        let size = 0;
        call.on("data", ({ data }: BytesMessage) => {
          size += data.length;
        });
        call.on("error", () => {});
        call.on("status", ({ code }) => resolve({ size, code }));
        call.end();
      });
    expect(await fetch("id1")).toEqual({ size: (5 << 20) + 3, code: 0 });
    expect(await fetch("id1")).toEqual({ size: (5 << 20) + 3, code: 0 });
    expect(await fetch("id2")).toEqual({ size: 0, code: 5 });
  });

  test("ends its stream when the daemon gives up", async () => {
    const stream = new PassThrough();
    const { client } = await withSession(uploadService(new Map([["id1", () => stream]])));
    const call = converse(client, pull, [["urlpath", "/id1"]]);
    call.on("error", () => {});
    stream.write("some");
    call.once("data", () => call.cancel());
    await new Promise((resolve) => stream.once("close", resolve));
  });
});

describe("an SSH agent", () => {
  const forwardAgent: Method<BytesMessage, BytesMessage> = {
    path: "/moby.sshforward.v1.SSH/ForwardAgent",
    request: BytesMessage,
    response: BytesMessage,
  };
  const checkAgent: Method<CheckAgentRequest, CheckAgentResponse> = {
    path: "/moby.sshforward.v1.SSH/CheckAgent",
    request: CheckAgentRequest,
    response: CheckAgentResponse,
  };

  const message = (type: number, body = ""): Buffer => {
    const bytes = Buffer.from([0, 0, 0, 0, type, ...Buffer.from(body)]);
    bytes.writeUInt32BE(bytes.length - 4);
    return bytes;
  };

  /** An agent that answers every message with type 99 and what it was sent. */
  async function agent(onSocket: (socket: Socket) => void = () => {}): Promise<{ path: string; asked: Buffer[] }> {
    const asked: Buffer[] = [];
    const path = join(temporaryFolder(), "agent");
    const server = createServer((socket) => {
      onSocket(socket);
      socket.on("error", () => {});
      socket.on("data", (data) => {
        asked.push(data);
        socket.write(message(99, data.subarray(4).toString("latin1")));
      });
    }).listen(path);
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    return { path, asked };
  }

  test("may list keys and sign, and nothing else", async () => {
    const { path, asked } = await agent();
    const { client } = await withSession(sshService(new Map([["default", () => dial(path)]])));
    const call = converse(client, forwardAgent);
    const answers: Buffer[] = [];
    call.on("data", ({ data }: BytesMessage) => answers.push(Buffer.from(data)));
    const requests = [
      message(11),
      message(17, "add"),
      message(13, "sign me"),
      message(19),
      message(22),
      message(27, "ext"),
    ];
    // In pieces that are no messages.
    const bytes = Buffer.concat(requests);
    for (let at = 0; at < bytes.length; at += 7) call.write({ data: bytes.subarray(at, at + 7) });
    call.end();
    expect(await new Promise((resolve) => call.on("status", ({ code }) => resolve(code)))).toBe(0);
    const failure = message(5);
    expect(Buffer.concat(answers)).toEqual(
      Buffer.concat([message(99, "\x0b"), failure, message(99, "\rsign me"), failure, failure, failure]),
    );
    expect(Buffer.concat(asked)).toEqual(Buffer.concat([message(11), message(13, "sign me")]));
  });

  test("is known by its id", async () => {
    const { path } = await agent();
    const { client } = await withSession(sshService(new Map([["default", () => dial(path)]])));
    expect(await ask(client, checkAgent, { ID: "default" })).toEqual({});
    await expect(ask(client, checkAgent, { ID: "other" })).rejects.toMatchObject({ code: 5 });
  });

  test.each([
    ["that is not there", () => dial("/nonexistent/agent"), message(11), 14],
    ["that leaves", async () => dial((await agent((socket) => void socket.destroy())).path), message(11), 14],
    ["that is asked nonsense", async () => dial((await agent()).path), Buffer.from([255, 255, 255, 255, 1]), 3],
  ])("%s fails the call", async (_, open, request, expected) => {
    const { client } = await withSession(sshService(new Map([["default", open]])));
    const call = converse(client, forwardAgent, [["buildkit.ssh.id", "default"]]);
    call.on("error", () => {});
    call.resume();
    call.write({ data: request });
    expect(await new Promise((resolve) => call.on("status", ({ code }) => resolve(code)))).toBe(expected);
  });
});

describe("registry access", () => {
  const service = "/moby.filesync.v1.Auth";
  const credentials = { path: `${service}/Credentials`, request: CredentialsRequest, response: CredentialsResponse };
  const fetchToken = { path: `${service}/FetchToken`, request: FetchTokenRequest, response: FetchTokenResponse };
  const authority = {
    path: `${service}/GetTokenAuthority`,
    request: GetTokenAuthorityRequest,
    response: GetTokenAuthorityResponse,
  };
  const signed = {
    path: `${service}/VerifyTokenAuthority`,
    request: VerifyTokenAuthorityRequest,
    response: VerifyTokenAuthorityResponse,
  };
  const ports: AuthPorts = {
    credentials: async (host) => {
      if (host === "broken") throw new Error("the helper failed");
      if (host === "token") return { kind: "identity-token", token: "I" };
      return host === "known" ? { kind: "password", username: "ada", password: "p" } : undefined;
    },
    seed: async (host) => Buffer.from(`seed of ${host}`),
    fetchToken: async (request, found) => {
      if (request.realm === "broken") throw new Error("HTTP status 503");
      const token = JSON.stringify([request, found?.kind]);
      return { token, expiresInSeconds: 60, issuedAt: new Date(5000) };
    },
    clientTokens: true,
  };

  test.each([
    ["known", { Username: "ada", Secret: "p" }],
    ["token", { Username: "", Secret: "I" }],
    ["none", { Username: "", Secret: "" }],
  ])("by credentials of %s", async (host, expected) => {
    const { client } = await withSession(authService(ports));
    expect(await ask(client, credentials, { Host: host })).toEqual(expected);
  });

  test("by a token that is fetched here", async () => {
    const { client } = await withSession(authService(ports));
    const request = { ClientID: "c", Host: "known", Realm: "https://r/", Service: "s", Scopes: ["a", "b"] };
    const token = await ask(client, fetchToken, request);
    expect(token).toMatchObject({ ExpiresIn: 60n, IssuedAt: 5n });
    expect(JSON.parse(token.Token)).toEqual([
      { realm: "https://r/", service: "s", scopes: ["a", "b"], clientId: "c" },
      "password",
    ]);
  });

  test("is refused with the reason", async () => {
    const { client } = await withSession(authService(ports));
    await expect(ask(client, credentials, { Host: "broken" })).rejects.toMatchObject({
      code: 16,
      details: "the helper failed",
    });
    const request = { ClientID: "", Host: "known", Realm: "broken", Service: "", Scopes: [] };
    await expect(ask(client, fetchToken, request)).rejects.toMatchObject({ code: 16, details: "HTTP status 503" });
  });

  test("is proved by a key made of the salt and, with credentials, the seed", async () => {
    const { client } = await withSession(authService(ports));
    const Salt = Buffer.from("salt");
    const keys: string[] = [];
    for (const [Host, message] of [
      ["known", "seed of known"],
      ["none", ""],
    ] as const) {
      const { PublicKey } = await ask(client, authority, { Host, Salt });
      const seed = createHmac("sha256", Salt).update(message).digest();
      expect(seed.length).toBe(32);
      const Payload = Buffer.from("payload");
      const { Signed } = await ask(client, signed, { Host, Salt, Payload });
      const header = Buffer.from("302a300506032b6570032100", "hex");
      const key = createPublicKey({ key: Buffer.concat([header, PublicKey]), format: "der", type: "spki" });
      expect(verify(null, Payload, key, Signed.subarray(0, 64))).toBe(true);
      expect(Buffer.from(Signed.subarray(64))).toEqual(Payload);
      keys.push(Buffer.from(PublicKey).toString("hex"));
      expect(Buffer.from((await ask(client, authority, { Host, Salt })).PublicKey)).toEqual(Buffer.from(PublicKey));
    }
    expect(keys[0]).not.toBe(keys[1]);
  });

  test("by tokens can be turned off", async () => {
    const { client } = await withSession(authService({ ...ports, clientTokens: false }));
    await expect(ask(client, authority, { Host: "known", Salt: Buffer.from("s") })).rejects.toMatchObject({ code: 14 });
  });
});
