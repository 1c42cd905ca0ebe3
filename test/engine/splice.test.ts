import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { connect as http2Connect } from "node:http2";
import { connect } from "node:net";
import { join } from "node:path";
import { type ConnectionOptions, connect as tlsConnect } from "node:tls";
import { expect, test } from "vitest";
import { baseDockerfile, createBase } from "./base-image.ts";
import { buildx } from "./buildx.ts";
import { createCertificates } from "./certificates.ts";
import { describeWithEngine } from "./context.ts";
import type { EngineFound } from "./global-setup.ts";
import { startRegistry } from "./registry.ts";
import type { Finished } from "./run-process.ts";
import { openSplice } from "./splice.ts";
import { createTempFolder } from "./temp-folder.ts";

describeWithEngine("buildx with the engine", { timeout: 60_000 }, (found) => {
  const canBuild = found.buildxPath !== undefined && found.busyboxPath !== undefined;

  test.runIf(canBuild)("builds from the base and runs a step in it", async () => {
    await using folder = await createTempFolder();
    const runBuildx = await prepare(found, folder.path);
    const built = await runBuildx("build", "--progress=plain", "--output=type=local,dest=out", "context");
    expect(built.stderr).toContain("in the step: uid=0(root)");
    expect(built.code).toBe(0);
  });

  test.runIf(canBuild && found.registryPath)("pushes to a registry that demands a login", async () => {
    await using folder = await createTempFolder();
    const runBuildx = await prepare(found, folder.path);
    const login = { username: "tester", password: "s3cret with blank" };
    await using registry = await startRegistry({ registryPath: found.registryPath ?? "", login });
    const push = ["build", "--push", "--tag", `${registry.host}/team/app:1`, "context"];

    const refused = await runBuildx(...push);
    expect(refused.stderr).toMatch(/no basic auth credentials|authorization failed|401/);
    expect(refused.code).not.toBe(0);

    const auth = Buffer.from(`${login.username}:${login.password}`).toString("base64");
    const config = JSON.stringify({ auths: { [registry.host]: { auth } } });
    await writeFile(join(folder.path, "config/docker/config.json"), config);
    expect(await runBuildx(...push)).toMatchObject({ code: 0 });
    expect((await registry.readAccessLog()).join("\n")).toMatch(/"PUT \/v2\/team\/app\/manifests\/1 .* 201 /);
  });
});

describeWithEngine("the splice", { timeout: 60_000 }, (found) => {
  const canBuild = found.buildxPath !== undefined && found.busyboxPath !== undefined;

  test.runIf(canBuild).each(["unix", "tcp"] as const)("is a remote builder over %s", async (kind) => {
    await using folder = await createTempFolder();
    const runBuildx = await prepare(found, folder.path);
    await using splice = await openSplice(
      found.dockerHost,
      kind === "unix" ? { kind, path: join(folder.path, "buildkit.sock") } : { kind },
    );
    expect(await runBuildx("create", "--name=far", "--driver=remote", splice.endpoint)).toMatchObject({ code: 0 });
    const built = await runBuildx("build", "--builder=far", "--output=type=oci,dest=image.tar", "context");
    expect(built, built.stderr).toMatchObject({ code: 0 });
    expect(splice.connections).toBeGreaterThan(0);
  });

  test.runIf(canBuild)("is a remote builder over TLS, for clients with a certificate only", async () => {
    await using folder = await createTempFolder();
    const runBuildx = await prepare(found, folder.path);
    const { authority, server, client } = await createCertificates(folder.path);
    const { cert, key } = server;
    await using splice = await openSplice(found.dockerHost, { kind: "tls", ca: authority.cert, cert, key });
    const trust = `--driver-opt=cacert=${authority.certFile},servername=builder.test`;
    const known = `${trust},cert=${client.certFile},key=${client.keyFile}`;
    expect(await runBuildx("create", "--name=known", "--driver=remote", known, splice.endpoint)).toMatchObject({
      code: 0,
    });
    expect(await runBuildx("build", "--builder=known", "context")).toMatchObject({ code: 0 });

    const stranger = (await createCertificates(await makeFolder(folder.path, "other"))).client;
    const port = Number(new URL(splice.endpoint).port);
    const secure = { port, host: "127.0.0.1", servername: "builder.test", ca: authority.cert };
    expect(await speaksHttp2({ ...secure, cert: client.cert, key: client.key })).toBe(true);
    expect(await speaksHttp2({ ...secure, cert: stranger.cert, key: stranger.key })).toBe(false);
    expect(await speaksHttp2(secure)).toBe(false);
  });

  test("closes what it opened when it is closed", async () => {
    const splice = await openSplice(found.dockerHost, { kind: "tcp" });
    const port = Number(new URL(splice.endpoint).port);
    const client = connect(port, "127.0.0.1");
    await once(client, "connect");
    const ended = once(client, "close");
    client.resume();
    await splice.close();
    await ended;
    await expect(once(connect(port, "127.0.0.1"), "connect")).rejects.toThrow();
  });
});

/** Whether BuildKit at the other end sends its HTTP/2 settings. */
function speaksHttp2(options: ConnectionOptions): Promise<boolean> {
  const socket = tlsConnect({ ...options, ALPNProtocols: ["h2"] });
  const session = http2Connect("https://builder.test", { createConnection: () => socket });
  return new Promise<boolean>((resolve) => {
    session.once("remoteSettings", () => resolve(true));
    session.on("error", () => resolve(false));
    session.once("close", () => resolve(false));
    // Node 20 does not tell the session of an alert that comes after the handshake.
    socket.on("error", () => resolve(false));
  }).finally(() => {
    session.destroy();
    socket.destroy();
  });
}

async function makeFolder(parent: string, name: string): Promise<string> {
  const folder = join(parent, name);
  await mkdir(folder);
  return folder;
}

type RunBuildx = (...args: readonly string[]) => Promise<Finished>;

/** Lays a build context in `folder/context` and returns buildx as if `folder` were a user's home. */
async function prepare(found: EngineFound, folder: string): Promise<RunBuildx> {
  const context = await makeFolder(folder, "context");
  await createBase(join(context, "base"), found.busyboxPath ?? "");
  await writeFile(join(context, "Dockerfile"), `${baseDockerfile}RUN echo "in the step: $(id) ${folder}"\n`);
  const options = {
    buildxPath: found.buildxPath ?? "",
    dockerHost: found.dockerHost,
    configFolder: join(folder, "config"),
    cwd: folder,
  };
  return (...args: readonly string[]) => buildx(options, args);
}
