import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import { mediaTypes } from "../../src/oci/descriptor.ts";
import { parseChallenges } from "../../src/registry/access/challenge.ts";
import { blobOf, clientOn, contentOf } from "./client-setting.ts";
import { type FakeRegistry, fakeRegistry } from "./fake-registry.ts";

const signal = new AbortController().signal;

describe("a challenge", () => {
  test.each([
    ['Basic realm="x"', [{ scheme: "basic" }]],
    [
      'Bearer realm="https://auth/token",service="reg",scope="repository:a:pull repository:b:pull"',
      [
        {
          scheme: "bearer",
          realm: "https://auth/token",
          service: "reg",
          scopes: ["repository:a:pull", "repository:b:pull"],
          error: "",
        },
      ],
    ],
    [
      'Bearer realm="https://a/?x=\\"1\\", Basic y", error=invalid_token , Basic realm="b"',
      [
        { scheme: "bearer", realm: 'https://a/?x="1", Basic y', service: "", scopes: [], error: "invalid_token" },
        { scheme: "basic" },
      ],
    ],
    ["bearer REALM=http://x", [{ scheme: "bearer", realm: "http://x", service: "", scopes: [], error: "" }]],
    ["Negotiate", []],
    ["", []],
  ])("%s is read", (header, challenges) => {
    expect(parseChallenges(header)).toEqual(challenges);
  });
});

interface Grant {
  readonly scopes: readonly string[];
  readonly authorization: string | undefined;
  readonly form: URLSearchParams;
}

interface Guarded {
  readonly fake: FakeRegistry;
  readonly grants: Grant[];
  /** No token that was given until now is good any more. */
  revoke(): void;
}

/** A registry that lets in who brings a token of its server for the very repository and right. */
async function guarded(expiresIn = 300): Promise<Guarded> {
  const grants: Grant[] = [];
  let epoch = 0;
  const grant = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://x");
    const form = new URLSearchParams(Buffer.concat(await request.toArray()).toString());
    const scopes = [...url.searchParams.getAll("scope"), ...(form.get("scope")?.split(" ") ?? [])];
    grants.push({ scopes, authorization: request.headers.authorization, form });
    const token = Buffer.from(JSON.stringify({ scopes, epoch, number: grants.length })).toString("base64url");
    response.end(JSON.stringify({ token, expires_in: expiresIn }));
  };
  const isGranted = ({ headers, method = "", url = "" }: IncomingMessage): boolean => {
    const token = /^Bearer (.*)$/.exec(headers.authorization ?? "")?.[1];
    if (token === undefined) return false;
    const claims: { scopes: string[]; epoch: number } = JSON.parse(Buffer.from(token, "base64url").toString());
    const repository = /^\/v2\/(.+)\/(?:manifests|blobs)\//.exec(url)?.[1] ?? "";
    const action = ["GET", "HEAD"].includes(method) ? "pull" : "push";
    const isIn = (name: string, wanted: string): boolean =>
      claims.scopes.some((scope) => scope.startsWith(`repository:${name}:`) && scope.includes(wanted));
    const from = new URL(url, "http://x").searchParams.get("from");
    return claims.epoch === epoch && isIn(repository, action) && (from === null || isIn(from, "pull"));
  };
  const fake = await fakeRegistry({
    meddle: async (request, response, fake) => {
      if (request.url?.startsWith("/token")) {
        await grant(request, response);
        return true;
      }
      if (isGranted(request)) return false;
      const demand = `Bearer realm="${fake.url}/token",service="fake",error="invalid_token"`;
      response.writeHead(401, { "www-authenticate": demand }).end();
      return true;
    },
  });
  return { fake, grants, revoke: () => epoch++ };
}

const bytes = Buffer.from('{"schemaVersion":2,"layers":[]}');

describe("a token", () => {
  test("for pulling is fetched once and used again", async () => {
    const { fake, grants } = await guarded();
    fake.manifests.set("team/app:v1", { mediaType: mediaTypes.ociManifest, bytes });
    const { client } = clientOn();
    const repository = client.repository({ registry: fake.host, repository: "team/app" });
    for (let i = 0; i < 3; i++) await repository.resolve("v1", signal);
    await Promise.all([1, 2, 3].map(() => repository.manifest("v1", signal)));
    expect(grants.map(({ scopes }) => scopes)).toEqual([["repository:team/app:pull"]]);
  });

  test("for pushing is asked for with both rights from the start, and with the password of the registry", async () => {
    const { fake, grants } = await guarded();
    const { client } = clientOn({ logins: { [fake.host]: "ada:pw" } });
    const repository = client.repository({ registry: fake.host, repository: "team/app" }, { push: true });
    await repository.pushBlob(blobOf(bytes), contentOf(bytes), { signal });
    await repository.pushManifest({ reference: "v1", mediaType: mediaTypes.ociManifest, bytes }, signal);
    expect(grants.map(({ scopes }) => scopes)).toEqual([["repository:team/app:pull,push"]]);
    expect(Object.fromEntries(grants[0]?.form ?? [])).toMatchObject({
      username: "ada",
      password: "pw",
      service: "fake",
    });
  });

  test("for borrowing a blob names both repositories", async () => {
    const { fake, grants } = await guarded();
    const { client } = clientOn();
    const repository = client.repository({ registry: fake.host, repository: "team/app" }, { push: true });
    const descriptor = blobOf(bytes);
    await repository.pushBlob(descriptor, contentOf(bytes), { signal, mountFrom: ["base/os"] });
    expect(grants.map(({ scopes }) => [...scopes].sort())).toContainEqual([
      "repository:base/os:pull",
      "repository:team/app:pull,push",
    ]);
  });

  test("that ran out is renewed before it is used, and after it was refused", async () => {
    const { fake, grants, revoke } = await guarded(300);
    fake.manifests.set("team/app:v1", { mediaType: mediaTypes.ociManifest, bytes });
    const { client, clock } = clientOn();
    const repository = client.repository({ registry: fake.host, repository: "team/app" });
    await repository.resolve("v1", signal);
    clock.advance(280_000);
    await repository.resolve("v1", signal);
    expect(grants).toHaveLength(1);
    clock.advance(15_000);
    await repository.resolve("v1", signal);
    expect(grants).toHaveLength(2);
    revoke();
    await Promise.all([1, 2, 3, 4].map(() => repository.resolve("v1", signal)));
    expect(grants.length).toBeGreaterThan(2);
    expect(grants.length).toBeLessThan(7);
  });

  test("that does not help is not asked for forever", async () => {
    let count = 0;
    const fake = await fakeRegistry({
      meddle: ({ url = "" }, response, fake) => {
        if (url.startsWith("/token")) response.end(`{"token":"t${count++}"}`);
        else response.writeHead(401, { "www-authenticate": `Bearer realm="${fake.url}/token"` }).end();
        return true;
      },
    });
    const { client } = clientOn();
    const repository = client.repository({ registry: fake.host, repository: "team/app" });
    await expect(repository.resolve("v1", signal)).rejects.toMatchObject({
      code: "registry/unauthorized",
      message: expect.stringContaining("wants credentials"),
      hint: expect.stringContaining(`docker login ${fake.host}`),
    });
    expect(count).toBeLessThan(4);
  });

  test("whose server stumbles is asked for again", async () => {
    let stumbles = 2;
    const fake = await fakeRegistry({
      meddle: ({ url = "", headers }, response, fake) => {
        if (url.startsWith("/token")) response.writeHead(stumbles-- > 0 ? 503 : 200).end('{"token":"t"}');
        else if (headers.authorization === undefined)
          response.writeHead(401, { "www-authenticate": `Bearer realm="${fake.url}/token"` }).end();
        else return false;
        return true;
      },
    });
    fake.manifests.set("team/app:v1", { mediaType: mediaTypes.ociManifest, bytes });
    const { client, clock } = clientOn();
    await client.repository({ registry: fake.host, repository: "team/app" }).resolve("v1", signal);
    expect(clock.slept).toEqual([1000, 2000]);
  });
});

describe("a password", () => {
  const demanding = (login: string) =>
    fakeRegistry({
      meddle: ({ headers }, response) => {
        if (headers.authorization === `Basic ${Buffer.from(login).toString("base64")}`) return false;
        response.writeHead(401, { "www-authenticate": 'Basic realm="r"' }).end();
        return true;
      },
    });

  test("is shown when it is demanded", async () => {
    const fake = await demanding("ada:pw");
    fake.manifests.set("team/app:v1", { mediaType: mediaTypes.ociManifest, bytes });
    const { client } = clientOn({ logins: { [fake.host]: "ada:pw" } });
    await client.repository({ registry: fake.host, repository: "team/app" }).resolve("v1", signal);
  });

  test.each([
    ["that is wrong is named as the cause", { login: "ada:secret" }, /does not accept the credentials/],
    ["that is not there is asked for", {}, /wants credentials/],
  ])("%s, and never told", async (_, { login }: { login?: string }, message) => {
    const fake = await demanding("ada:pw");
    const { client } = clientOn(login === undefined ? {} : { logins: { [fake.host]: login } });
    const error = await client
      .repository({ registry: fake.host, repository: "team/app" })
      .resolve("v1", signal)
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "registry/unauthorized", message: expect.stringMatching(message) });
    expect(`${error.message} ${error.hint}`).not.toContain("secret");
  });

  test("is chosen by repository and right from buildx's tree of configurations", async () => {
    const seen: string[] = [];
    const fake = await fakeRegistry({
      meddle: ({ headers }, response) => {
        if (headers.authorization === undefined) response.writeHead(401, { "www-authenticate": "Basic" }).end();
        else {
          seen.push(Buffer.from(headers.authorization.slice(6), "base64").toString());
          return false;
        }
        return true;
      },
    });
    const config = (login: string): string =>
      JSON.stringify({ auths: { [fake.host]: { auth: Buffer.from(login).toString("base64") } } });
    const tree = `buildx/config/${fake.host}`;
    const { client } = clientOn({
      logins: { [fake.host]: "any:1" },
      files: {
        [`${tree}/config.json`]: config("host:1"),
        [`${tree}/team/app@pull/config.json`]: config("puller:1"),
        [`${tree}/team/app@pull,push/config.json`]: config("pusher:1"),
      },
    });
    const exists = (repository: string, push: boolean) =>
      client.repository({ registry: fake.host, repository }, { push }).hasBlob(blobOf(bytes).digest, signal);
    await exists("team/app", false);
    await exists("team/app", true);
    await exists("team/other", false);
    expect(seen).toEqual(["puller:1", "pusher:1", "host:1"]);
    onTestFinished(() => client.close());
  });
});
