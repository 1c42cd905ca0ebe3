import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { FetchTokenRequest, FetchTokenResponse } from "../../../src/buildkit/gen/auth.ts";
import { registryAuth } from "../../../src/buildkit/node/registry-auth.ts";
import type { Method } from "../../../src/buildkit/rpc/method.ts";
import { fakeRegistry } from "../../registry/fake-registry.ts";
import { forwardProxy } from "../../registry/forward-proxy.ts";
import { ask, withSession } from "../session/fake-daemon.ts";

const fetchToken: Method<FetchTokenRequest, FetchTokenResponse> = {
  path: "/moby.filesync.v1.Auth/FetchToken",
  request: FetchTokenRequest,
  response: FetchTokenResponse,
};

test("tokens for a daemon come through the proxy, with the credentials of the repository and right", async () => {
  const asked: string[] = [];
  const server = await fakeRegistry({
    meddle: async (request, response) => {
      asked.push(Buffer.concat(await request.toArray()).toString());
      response.end('{"token":"T","expires_in":120}');
      return true;
    },
  });
  const proxy = await forwardProxy(server.port);
  const folder = mkdtempSync(join(tmpdir(), "tsbake-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const tree = join(folder, "buildx/config/registry.test/team/app@pull,push");
  mkdirSync(tree, { recursive: true });
  const auth = Buffer.from("pusher:pw").toString("base64");
  writeFileSync(join(tree, "config.json"), JSON.stringify({ auths: { "registry.test": { auth } } }));
  const variables = { DOCKER_CONFIG: folder, HTTP_PROXY: proxy.url };
  const { client } = await withSession(registryAuth({ variables, homeFolder: folder, platform: process.platform }));
  const anonymous = FetchTokenRequest.create({
    ClientID: "daemon",
    Host: "other.test",
    Realm: "http://auth.test/token",
    Service: "registry.test",
    Scopes: ["repository:team/app:pull"],
  });
  expect(await ask(client, fetchToken, anonymous)).toMatchObject({ Token: "T", ExpiresIn: 120n });
  expect(proxy.asked[0]).toMatch(/^GET http:\/\/auth\.test\/token\?service=registry\.test&scope=/);
  const realm = `${server.url}/token`;
  const pushing = { ...anonymous, Host: "registry.test", Realm: realm, Scopes: ["repository:team/app:pull,push"] };
  await ask(client, fetchToken, pushing);
  expect(new URLSearchParams(asked[1]).get("username")).toBe("pusher");
  await ask(client, fetchToken, { ...pushing, Scopes: ["repository:team/app:pull"] });
  expect(asked[2]).toBe("");
});
