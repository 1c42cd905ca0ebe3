import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { HostEnvironment } from "../../../src/base/host-environment.ts";
import { resolveDockerEndpoint } from "../../../src/drivers/docker/endpoint.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tsbake-endpoint-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function environment(variables: Readonly<Record<string, string>> = {}): HostEnvironment {
  return { variables: { DOCKER_CONFIG: folder, ...variables }, homeFolder: "/home/nobody", platform: "linux" };
}

async function storeContext(name: string, endpoint: object, tls: readonly string[] = []): Promise<void> {
  const id = createHash("sha256").update(name).digest("hex");
  const meta = join(folder, "contexts", "meta", id);
  await mkdir(meta, { recursive: true });
  await writeFile(
    join(meta, "meta.json"),
    JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker: endpoint } }),
  );
  const certificates = join(folder, "contexts", "tls", id, "docker");
  if (tls.length > 0) await mkdir(certificates, { recursive: true });
  for (const file of tls) await writeFile(join(certificates, file), `PEM of ${file}`);
}

const config = (content: object): Promise<void> => writeFile(join(folder, "config.json"), JSON.stringify(content));

describe("addresses", () => {
  test.each([
    ["unix:///run/docker.sock", { kind: "socket", path: "/run/docker.sock" }],
    ["tcp://build.example:2375", { kind: "tcp", host: "build.example", port: 2375 }],
    ["tcp://build.example", { kind: "tcp", host: "build.example", port: 2375 }],
    ["build.example:99", { kind: "tcp", host: "build.example", port: 99 }],
    ["tcp://[::1]:2375", { kind: "tcp", host: "::1", port: 2375 }],
    ["npipe:////./pipe/docker_engine", { kind: "socket", path: "\\\\.\\pipe\\docker_engine" }],
  ])("%s is understood", async (host, address) => {
    expect((await resolveDockerEndpoint(environment({ DOCKER_HOST: host }))).address).toEqual(address);
  });

  test("ssh runs docker on the other machine", async () => {
    const { address } = await resolveDockerEndpoint(
      environment({ DOCKER_HOST: "ssh://me@far.example:2222/run/d.sock" }),
    );
    expect(address).toEqual({
      kind: "command",
      program: "ssh",
      arguments: [
        ...["-l", "me", "-p", "2222", "-o", "ConnectTimeout=30", "-T", "--", "far.example"],
        ...["docker", "--host=unix:///run/d.sock", "system", "dial-stdio"],
      ],
    });
  });

  test.each([
    ["unix://docker.sock", /absolute path/],
    ["ftp://x", /scheme/],
    ["ssh://me:secret@far.example", /password/],
    ["ssh://-oProxyCommand=x", /dash|is not ssh/],
    ["tcp://x/path", /nothing after the port/],
    ["tcp://x:port", /port that is not a number/],
  ])("%s is refused", async (host, message) => {
    const failing = resolveDockerEndpoint(environment({ DOCKER_HOST: host }));
    await expect(failing).rejects.toMatchObject({
      code: "drivers/bad-address",
      message: expect.stringMatching(message),
    });
    await expect(failing).rejects.not.toThrow(/secret/);
  });
});

describe("the engine in force", () => {
  test("is the default socket when nothing is said", async () => {
    expect(await resolveDockerEndpoint(environment())).toMatchObject({
      context: "default",
      host: "unix:///var/run/docker.sock",
      origin: "the default",
    });
  });

  test("is the configuration's current context", async () => {
    await config({ currentContext: "far" });
    await storeContext("far", { Host: "tcp://far.example:1" });
    expect(await resolveDockerEndpoint(environment())).toMatchObject({ context: "far", host: "tcp://far.example:1" });
  });

  test("is DOCKER_CONTEXT before the current context, and DOCKER_HOST before both", async () => {
    await config({ currentContext: "far" });
    await storeContext("near", { Host: "unix:///near.sock" });
    expect(await resolveDockerEndpoint(environment({ DOCKER_CONTEXT: "near" }))).toMatchObject({ context: "near" });
    const both = environment({ DOCKER_CONTEXT: "near", DOCKER_HOST: "unix:///host.sock" });
    expect(await resolveDockerEndpoint(both)).toMatchObject({ context: "default", host: "unix:///host.sock" });
  });

  test("is the context that was asked for, whatever the environment says", async () => {
    await storeContext("near", { Host: "unix:///near.sock" });
    const found = await resolveDockerEndpoint(environment({ DOCKER_HOST: "unix:///host.sock" }), { context: "near" });
    expect(found.host).toBe("unix:///near.sock");
  });

  test("an unknown context names the one that was meant", async () => {
    await storeContext("staging", { Host: "unix:///near.sock" });
    await expect(resolveDockerEndpoint(environment({ DOCKER_CONTEXT: "stagin" }))).rejects.toMatchObject({
      code: "drivers/context-not-found",
      hint: 'did you mean "staging"?',
    });
  });

  test("a broken configuration is named by its path", async () => {
    await writeFile(join(folder, "config.json"), "{");
    await expect(resolveDockerEndpoint(environment())).rejects.toMatchObject({
      code: "drivers/docker-config-unreadable",
      message: expect.stringContaining(join(folder, "config.json")),
    });
  });
});

describe("certificates", () => {
  test("come with the context", async () => {
    await storeContext("far", { Host: "tcp://far.example" }, ["ca.pem", "cert.pem", "key.pem"]);
    const { address } = await resolveDockerEndpoint(environment({ DOCKER_CONTEXT: "far" }));
    expect(address).toMatchObject({
      port: 2376,
      tls: { verify: true, protocol: "http/1.1", ca: Buffer.from("PEM of ca.pem") },
    });
  });

  test("are not checked where the context says so", async () => {
    await storeContext("far", { Host: "tcp://far.example", SkipTLSVerify: true });
    const { address } = await resolveDockerEndpoint(environment({ DOCKER_CONTEXT: "far" }));
    expect(address).toMatchObject({ tls: { verify: false } });
  });

  test.each([
    [{ DOCKER_TLS_VERIFY: "1" }, { verify: true }],
    [{ DOCKER_TLS: "1" }, { verify: false }],
    [{ DOCKER_TLS: "1", DOCKER_TLS_VERIFY: "1" }, { verify: true }],
  ])("%o turns TLS on", async (variables, tls) => {
    await writeFile(join(folder, "ca.pem"), "PEM");
    const { address } = await resolveDockerEndpoint(environment({ DOCKER_HOST: "tcp://x", ...variables }));
    expect(address).toMatchObject({ port: 2376, tls: { ...tls, ca: Buffer.from("PEM") } });
  });

  test("a socket has no use for them", async () => {
    const { address } = await resolveDockerEndpoint(environment({ DOCKER_TLS_VERIFY: "1" }));
    expect(address).toEqual({ kind: "socket", path: "/var/run/docker.sock" });
  });
});

test("headers and proxies come from the configuration and the environment", async () => {
  await config({
    HttpHeaders: { "X-One": "1", "X-Two": "2" },
    proxies: {
      default: { httpProxy: "http://proxy", noProxy: "localhost" },
      "tcp://special:1": { httpsProxy: "http://s" },
    },
  });
  const found = await resolveDockerEndpoint(environment({ DOCKER_CUSTOM_HEADERS: "X-Two=3,X-Four=a=b" }));
  expect([...found.headers]).toEqual([
    ["X-One", "1"],
    ["X-Two", "3"],
    ["X-Four", "a=b"],
  ]);
  expect([...found.proxyArguments]).toEqual([
    ["HTTP_PROXY", "http://proxy"],
    ["NO_PROXY", "localhost"],
  ]);
  const special = await resolveDockerEndpoint(environment({ DOCKER_HOST: "tcp://special:1" }));
  expect([...special.proxyArguments]).toEqual([["HTTPS_PROXY", "http://s"]]);
});
