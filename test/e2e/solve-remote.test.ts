import { mkdir } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openNode } from "../../src/drivers/open-node.ts";
import { openRemoteNode } from "../../src/drivers/remote/open.ts";
import type { BuildNode } from "../../src/execute/ports.ts";
import { requestOf } from "../buildkit/solve-request.ts";
import { createCertificates } from "../engine/certificates.ts";
import { describeWithEngine } from "../engine/context.ts";
import type { EngineFound } from "../engine/global-setup.ts";
import { openSplice, type Splice, type SpliceListen } from "../engine/splice.ts";
import { afterTest, build, busyboxFolder, environmentFor, folderWith, start } from "./solve-setting.ts";

async function spliced(engine: EngineFound, listen: SpliceListen): Promise<Splice> {
  const splice = await openSplice(engine.dockerHost, listen);
  afterTest(() => splice.close());
  return splice;
}

async function remoteNode(
  engine: EngineFound,
  endpoint: string,
  settings: { readonly options?: Readonly<Record<string, string>>; readonly readyWithinMs?: number } = {},
): Promise<BuildNode> {
  const node = await openRemoteNode({
    name: "far",
    environment: await environmentFor(engine),
    endpoint,
    options: new Map(Object.entries(settings.options ?? {})),
    readyWithinMs: settings.readyWithinMs ?? 500,
  });
  afterTest(() => node.close());
  return node;
}

const never = new AbortController().signal;

describeWithEngine("a remote daemon", (engine) => {
  test.each(["unix", "tcp"] as const)("is built on by %s", async (kind) => {
    const folder = await busyboxFolder(engine, ["RUN echo far away"]);
    const listen = kind === "unix" ? { kind, path: join(await folderWith(), "b.sock") } : { kind };
    const splice = await spliced(engine, listen);
    const environment = await environmentFor(engine);
    const node = await openNode({ name: "far", driver: "remote", endpoint: splice.endpoint }, environment);
    afterTest(() => node.close());
    expect(await node.capabilities(never)).toMatchObject({
      imageStore: "none",
      platforms: expect.arrayContaining(["linux/amd64"]),
    });
    const [one, two] = await Promise.all(
      ["a", "b"].map((name) => build(node, requestOf({ folder, target: { name } }))),
    );
    expect([one?.logs(), two?.logs()].join("")).toContain("far away\n");
    expect(splice.connections).toBe(1);
  });

  test("that has an engine behind it tells of a failure in a large Dockerfile", async () => {
    const folder = await busyboxFolder(engine, [`${`# ${"x".repeat(98)}\n`.repeat(1000)}RUN exit 4`]);
    const splice = await spliced(engine, { kind: "tcp" });
    await expect(build(await remoteNode(engine, splice.endpoint), requestOf({ folder }))).rejects.toMatchObject({
      code: "build/step-failed",
      excerpts: [{ lines: expect.arrayContaining([{ text: "RUN exit 4", marked: true }]) }],
    });
  });

  test("that vanishes during a build ends it with an error of the environment, and is connected to anew", async () => {
    const folder = await busyboxFolder(engine, ["RUN echo ready; /bin/busybox sleep 1000"]);
    const splice = await spliced(engine, { kind: "tcp" });
    const node = await remoteNode(engine, splice.endpoint);
    const started = start(node, requestOf({ folder }), {
      onEvent: (event) => {
        if (event.type === "step-log") splice.cut();
      },
    });
    await started.job.solved;
    await expect(started.job.finish()).rejects.toMatchObject({ code: "buildkit/connection-lost", retryable: true });
    const again = await busyboxFolder(engine, ["RUN echo again"]);
    expect((await build(node, requestOf({ folder: again }))).logs()).toBe("again\n");
    expect(splice.connections).toBe(2);
  });

  test("that is still starting is waited for", async () => {
    const path = join(await folderWith(), "late.sock");
    const node = await remoteNode(engine, `unix://${path}`, { readyWithinMs: 20_000 });
    const asked = node.capabilities(never);
    await new Promise((resolve) => setTimeout(resolve, 700));
    await spliced(engine, { kind: "unix", path });
    expect((await asked).platforms.length).toBeGreaterThan(0);
  });

  test("that is waited for can be given up", async () => {
    const node = await remoteNode(engine, "unix:///no/such/b.sock", { readyWithinMs: 20_000 });
    const reason = new Error("enough");
    await expect(node.capabilities(AbortSignal.timeout(300))).rejects.toMatchObject({ name: "TimeoutError" });
    const late = await remoteNode(engine, "unix:///no/such/b.sock", { readyWithinMs: 1200 });
    await expect(late.capabilities(never)).rejects.toThrow(/there is no such socket \(tried for 1 s\)$/);
    await expect(node.capabilities(AbortSignal.abort(reason))).rejects.toBe(reason);
    await node.close();
  });
});

describeWithEngine("a remote daemon behind TLS", (engine) => {
  const secure = async (): Promise<{
    readonly endpoint: string;
    readonly files: Readonly<Record<string, string>>;
    readonly other: string;
  }> => {
    const folder = await folderWith();
    const certificates = await createCertificates(folder);
    await mkdir(join(folder, "other"));
    const other = await createCertificates(join(folder, "other"));
    const { server, client, authority } = certificates;
    const splice = await spliced(engine, { kind: "tls", ca: authority.cert, cert: server.cert, key: server.key });
    const files = { cacert: authority.certFile, cert: client.certFile, key: client.keyFile };
    return { endpoint: splice.endpoint, files, other: other.authority.certFile };
  };

  test("is built on with the right certificates", async () => {
    const { endpoint, files } = await secure();
    const folder = await busyboxFolder(engine, ["RUN echo in secret"]);
    const node = await remoteNode(engine, endpoint, { options: files });
    expect((await build(node, requestOf({ folder }))).logs()).toBe("in secret\n");
  });

  test("tells each wrong certificate apart", async () => {
    const { endpoint, files, other } = await secure();
    const problem = async (options: Readonly<Record<string, string>>): Promise<unknown> =>
      (await remoteNode(engine, endpoint, { options })).capabilities(never).catch((error: unknown) => error);
    expect(await problem({ ...files, cacert: other })).toMatchObject({ code: "drivers/untrusted-certificate" });
    expect(await problem({ ...files, servername: "elsewhere.example" })).toMatchObject({
      code: "drivers/wrong-name",
      message: expect.stringMatching(/its certificate is for another name \(it is for DNS:/),
      hint: expect.stringContaining("servername"),
    });
    expect(await problem({ cacert: files.cacert ?? "" })).toMatchObject({
      code: "drivers/client-certificate",
      hint: expect.stringContaining("cert="),
    });
    expect(await problem({})).toMatchObject({
      code: "drivers/connection-closed",
      hint: expect.stringContaining("cacert"),
    });
  });
});

describeWithEngine("what is no daemon", (engine) => {
  const listening = async (server: Server): Promise<string> => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    afterTest(() => new Promise((resolve) => server.close(() => resolve())));
    const address = server.address();
    return `tcp://127.0.0.1:${isAddress(address) ? address.port : 0}`;
  };

  const problem = async (endpoint: string, options?: Readonly<Record<string, string>>): Promise<unknown> =>
    (await remoteNode(engine, endpoint, options === undefined ? {} : { options }))
      .capabilities(never)
      .catch((error: unknown) => error);

  test("is said to be missing, refused or something else", async () => {
    expect(await problem("unix:///no/such/b.sock")).toMatchObject({
      code: "drivers/no-socket",
      message: expect.stringMatching(/unix:\/\/\/no\/such\/b\.sock: there is no such socket$/),
    });
    const closed = createServer();
    const endpoint = await listening(closed);
    await new Promise((resolve) => closed.close(resolve));
    expect(await problem(endpoint)).toMatchObject({
      code: "drivers/refused",
      message: expect.stringContaining("nothing is listening there"),
    });
    expect(await problem("tcp://no-such-host.invalid:1")).toMatchObject({ code: "drivers/unknown-host" });
  });

  test("speaks HTTP/1", async () => {
    const server = createHttpServer((_request, response) => response.end("hello"));
    expect(await problem(await listening(server))).toMatchObject({
      code: "drivers/connection-closed",
      message: expect.stringContaining("does not speak gRPC"),
    });
  });

  test("does not speak TLS where that is asked for", async () => {
    const server = createHttpServer((_request, response) => response.end("hello"));
    const { authority } = await createCertificates(await folderWith());
    expect(await problem(await listening(server), { cacert: authority.certFile })).toMatchObject({
      code: "drivers/not-tls",
    });
  });
});

function isAddress(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === "object" && address !== null;
}
