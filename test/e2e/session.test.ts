import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { type Duplex, Readable, Writable } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import {
  type CacheOptionsEntry,
  SolveRequest,
  type SolveResponse,
  type Vertex,
} from "../../src/buildkit/gen/control.ts";
import { RpcConnection } from "../../src/buildkit/rpc/connection.ts";
import * as control from "../../src/buildkit/rpc/control-methods.ts";
import { contentService } from "../../src/buildkit/session/content.ts";
import { fileSendService } from "../../src/buildkit/session/file-send.ts";
import { fileSyncService } from "../../src/buildkit/session/file-sync.ts";
import { secretsService } from "../../src/buildkit/session/secrets.ts";
import { openSession, type SessionService } from "../../src/buildkit/session/session.ts";
import { createLayoutStore } from "../../src/buildkit/session/store/layout-store.ts";
import { uploadAddress, uploadService } from "../../src/buildkit/session/upload.ts";
import type { ExportSink } from "../../src/execute/ports.ts";
import { temporaryFolder } from "../buildkit/rpc/sockets.ts";
import { describeWithEngine } from "../engine/context.ts";

function dialEngine(socketPath: string): Promise<Duplex> {
  const headers = { Connection: "Upgrade", Upgrade: "h2c" };
  return new Promise((resolve, reject) => {
    const upgrade = request({ socketPath, path: "/grpc", method: "POST", headers });
    upgrade.on("upgrade", (_, socket, head) => {
      socket.unshift(head);
      resolve(socket);
    });
    upgrade.on("error", reject);
    upgrade.end();
  });
}

interface BuildOptions {
  readonly socket: string;
  /** Of the Dockerfile; in the context folder. */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly sharedKey?: string;
  readonly services: readonly SessionService[];
  readonly exporter?: { readonly type: string; readonly attributes?: Readonly<Record<string, string>> };
  readonly cacheTo?: Readonly<Record<string, string>>;
  readonly cacheFrom?: Readonly<Record<string, string>>;
}

interface Built {
  readonly response: SolveResponse;
  readonly vertexes: readonly Vertex[];
  /** Bytes of the context that the daemon counted. */
  readonly received: number;
}

/** A build as simple as can be: the Dockerfile frontend, no gateway. */
async function build(options: BuildOptions): Promise<Built> {
  const { socket, attributes, sharedKey, services, exporter, cacheTo, cacheFrom } = options;
  const connection = new RpcConnection(await dialEngine(socket));
  onTestFinished(() => connection.close());
  const id = `${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}`;
  const session = openSession(connection, { id, sharedKey: sharedKey ?? id, name: "engine-test", services });
  const exporters =
    exporter === undefined ? [] : [{ Type: exporter.type, Attrs: new Map(Object.entries(exporter.attributes ?? {})) }];
  const solve = connection.unary(
    control.solve,
    SolveRequest.create({
      Ref: id,
      Session: id,
      Frontend: "dockerfile.v0",
      // Times are no part of a cache key, nor are secrets.
      FrontendAttrs: new Map(Object.entries({ "no-cache": "", ...attributes })),
      Exporters: exporters,
      ExporterDeprecated: exporter?.type ?? "",
      ExporterAttrsDeprecated: new Map(Object.entries(exporter?.attributes ?? {})),
      Cache: { Exports: localCache(cacheTo), Imports: localCache(cacheFrom) },
    }),
  );
  solve.catch(() => {});
  const vertexes: Vertex[] = [];
  let received = 0;
  for await (const status of connection.serverStream(control.status, { Ref: id })) {
    vertexes.push(...status.vertexes);
    for (const { ID, current } of status.statuses) {
      if (ID.startsWith("transferring context")) received = Math.max(received, Number(current));
    }
  }
  const response = await solve;
  await session.close();
  expect(await session.closed).toBeUndefined();
  return { response, vertexes, received };
}

function localCache(attributes: Readonly<Record<string, string>> | undefined): readonly CacheOptionsEntry[] {
  return attributes === undefined ? [] : [{ Type: "local", Attrs: new Map(Object.entries(attributes)) }];
}

function servingContext(path: string): SessionService {
  return fileSyncService([
    { name: "context", path },
    { name: "dockerfile", path },
  ]);
}

interface Described {
  readonly [path: string]: readonly unknown[];
}

/** All that a tree holds, for comparison. */
function describeTree(root: string, folder = ""): Described {
  return Object.assign(
    {},
    ...readdirSync(join(root, folder)).map((name): Described => {
      const path = folder === "" ? name : `${folder}/${name}`;
      const stats = lstatSync(join(root, path), { bigint: true });
      const time = stats.mtimeNs / 1000n;
      if (stats.isSymbolicLink()) return { [path]: ["link", readlinkSync(join(root, path))] };
      const mode = Number(stats.mode & 0o7777n).toString(8);
      if (stats.isDirectory()) return { [path]: ["folder", mode], ...describeTree(root, path) };
      return {
        [path]: [
          "file",
          mode,
          time,
          createHash("sha256")
            .update(readFileSync(join(root, path)))
            .digest("hex"),
        ],
      };
    }),
  );
}

describeWithEngine("a session with a real daemon", (engine) => {
  const { socket = "", busyboxPath = "" } = engine;

  test("stands beside calls that ask what it can do", async () => {
    const connection = new RpcConnection(await dialEngine(socket));
    onTestFinished(() => connection.close());
    const { record } = await connection.unary(control.listWorkers, { filter: [] });
    expect(record[0]?.platforms.length).toBeGreaterThan(0);
    expect((await connection.unary(control.info, {})).buildkitVersion?.package).toContain("buildkit");
    expect(await connection.alive(5000)).toBe(true);
  });

  test("carries a tree there and back unchanged", async () => {
    const context = temporaryFolder();
    for (const folder of ["tree/empty", "tree/deep/er/est", "tree/sticky"])
      mkdirSync(join(context, folder), { recursive: true });
    const files = [
      "a, c.txt",
      "a",
      "c.txt",
      "ä ö.txt",
      "\u{1f600}",
      "\uffee",
      "-dash",
      "quo\"te'",
      "back\\slash",
      "new\nline",
      "100%",
      "a+b",
    ];
    for (const name of files) writeFileSync(join(context, "tree", name), name);
    writeFileSync(join(context, "tree/nothing"), "");
    writeFileSync(join(context, "tree/deep/er/large"), Buffer.alloc(300_000, "large"));
    writeFileSync(join(context, "tree/deep/run"), "#!/bin/sh");
    chmodSync(join(context, "tree/deep/run"), 0o755);
    chmodSync(join(context, "tree/sticky"), 0o1777);
    execFileSync("touch", ["-d", "2001-02-03 04:05:06.123456 UTC", join(context, "tree/a")]);
    symlinkSync("deep/run", join(context, "tree/link"));
    symlinkSync("/nowhere", join(context, "tree/dangling"));
    linkSync(join(context, "tree/a"), join(context, "tree/hard"));
    writeFileSync(join(context, "Dockerfile"), "FROM scratch\nCOPY tree /\n");
    const out = temporaryFolder();
    let opened = 0;
    const open = async (): Promise<string> => {
      opened++;
      return out;
    };
    const services = [servingContext(context), fileSendService([{ kind: "folder", open }])];
    await build({ socket, services, exporter: { type: "local" } });
    expect(describeTree(out)).toEqual(describeTree(join(context, "tree")));
    expect(opened).toBe(1);
  });

  test("sends what was named and not ignored, with commas and 400 patterns", async () => {
    const context = temporaryFolder();
    mkdirSync(join(context, "dir"));
    for (const name of ["a, c.txt", "a", "c.txt", "dir/keep", "dir/drop.log", "pattern-7"])
      writeFileSync(join(context, name), name);
    const patterns = [
      ...Array.from({ length: 400 }, (_, i) => `pattern-${i}, or-${i}\npattern-${i}`),
      "**/*.log",
      "c.txt",
    ];
    writeFileSync(join(context, ".dockerignore"), patterns.join("\n"));
    writeFileSync(join(context, "Dockerfile"), 'FROM scratch\nCOPY ["a, c.txt", "/"]\nCOPY dir /dir\n');
    const out = temporaryFolder();
    const services = [servingContext(context), fileSendService([{ kind: "folder", open: async () => out }])];
    await build({ socket, services, exporter: { type: "local" } });
    expect(Object.keys(describeTree(out)).sort()).toEqual(["a, c.txt", "dir", "dir/keep"]);
  });

  test("sends what changed, and leaves the context as it was", async () => {
    const context = temporaryFolder();
    writeFileSync(join(context, "Dockerfile"), "FROM scratch\nCOPY . /\n");
    writeFileSync(join(context, "one"), "x".repeat(100_000));
    for (const name of ["two", "three"]) linkSync(join(context, "one"), join(context, name));
    const sharedKey = `tsbake-test-${Math.random()}`;
    const names = readdirSync(context);
    const sent: number[] = [];
    for (let i = 0; i < 3; i++) {
      let bytes = 0;
      const progress = (count: number, done: boolean): void => {
        if (done) bytes += count;
      };
      await build({
        socket,
        sharedKey,
        services: [
          fileSyncService([
            { name: "context", path: context, progress },
            { name: "dockerfile", path: context },
          ]),
        ],
      });
      sent.push(bytes);
      expect(readdirSync(context)).toEqual(names);
    }
    expect(sent[0]).toBeGreaterThanOrEqual(100_000);
    // The ignore file is looked for, and not there; nothing else is to be sent.
    expect(sent.slice(1)).toEqual([0, 0]);
  });

  test("carries an archive back", async () => {
    const context = temporaryFolder();
    writeFileSync(join(context, "Dockerfile"), "FROM scratch\nCOPY Dockerfile /file\n");
    const chunks: Buffer[] = [];
    const sink: ExportSink = {
      kind: "stream",
      open: async () =>
        new Writable({
          write(chunk, _, done) {
            chunks.push(chunk);
            done();
          },
        }),
    };
    await build({ socket, services: [servingContext(context), fileSendService([sink])], exporter: { type: "tar" } });
    const listed = execFileSync("tar", ["-tf", "-"], { input: Buffer.concat(chunks), encoding: "utf8" });
    expect(listed.split("\n")).toContain("file");
  });

  test("carries a context from a stream", async () => {
    const context = temporaryFolder();
    writeFileSync(join(context, "Dockerfile"), "FROM scratch\nCOPY greeting /\n");
    writeFileSync(join(context, "greeting"), "hello".repeat(1_000_000));
    const archive = execFileSync("tar", ["-C", context, "-cf", "-", "."], { maxBuffer: 1 << 30 });
    const out = temporaryFolder();
    const services = [
      uploadService(new Map([["stdin", () => Readable.from([archive])]])),
      fileSendService([{ kind: "folder", open: async () => out }]),
    ];
    await build({ socket, services, attributes: { context: uploadAddress("stdin") }, exporter: { type: "local" } });
    expect(readFileSync(join(out, "greeting")).length).toBe(5_000_000);
  });

  test.skipIf(busyboxPath === "")("hands out secrets", async () => {
    const context = temporaryFolder();
    execFileSync("cp", [busyboxPath, join(context, "busybox")]);
    const run = '["/busybox", "cp", "/run/secrets/it", "/copy"]';
    writeFileSync(join(context, "Dockerfile"), `FROM scratch\nCOPY busybox /\nRUN --mount=type=secret,id=it ${run}\n`);
    const out = temporaryFolder();
    const value = `secret ${Math.random()}`;
    const services = [
      servingContext(context),
      secretsService(async (id) => (id === "it" ? Buffer.from(value) : undefined)),
      fileSendService([{ kind: "folder", open: async () => out }]),
    ];
    await build({ socket, services, exporter: { type: "local" } });
    expect(readFileSync(join(out, "copy"), "utf8")).toBe(value);
  });

  test("carries 20,000 files, and the second time none", async () => {
    const context = temporaryFolder();
    writeFileSync(join(context, "Dockerfile"), "FROM scratch\nCOPY files /\n");
    for (let i = 0; i < 20_000; i++) {
      const folder = join(context, "files", String(Math.floor(i / 100)));
      if (i % 100 === 0) mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `file-${i}`), String(i).padStart(100));
    }
    const sharedKey = `tsbake-test-${Math.random()}`;
    const sent: number[] = [];
    for (let i = 0; i < 2; i++) {
      let bytes = 0;
      const progress = (count: number, done: boolean): void => {
        if (done) bytes += count;
      };
      const folders = [
        { name: "context", path: context, progress },
        { name: "dockerfile", path: context },
      ];
      await build({ socket, sharedKey, services: [fileSyncService(folders)] });
      sent.push(bytes);
    }
    expect(sent).toEqual([2_000_000, 0]);
  });

  /** The blobs of a layout, each of which must be what its name says. */
  function blobsIn(folder: string): readonly string[] {
    const names = readdirSync(join(folder, "blobs/sha256"));
    for (const name of names) {
      const data = readFileSync(join(folder, "blobs/sha256", name));
      expect(createHash("sha256").update(data).digest("hex")).toBe(name);
    }
    return names.map((name) => `sha256:${name}`);
  }

  test("writes a cache to a folder of ours and reads it from there", async () => {
    const context = temporaryFolder();
    writeFileSync(join(context, "Dockerfile"), "FROM scratch\nCOPY file /\nCOPY Dockerfile /\n");
    writeFileSync(join(context, "file"), `${Math.random()}`.repeat(100_000));
    const folder = join(temporaryFolder(), "cache");
    const store = createLayoutStore(folder, { writable: true });
    const writing = contentService(new Map([[`local:${folder}`, store]]));
    const services = [servingContext(context), writing];
    const { response } = await build({ socket, services, cacheTo: { dest: folder, mode: "max" } });
    const manifest: { digest?: string } = JSON.parse(response.ExporterResponse.get("cache.manifest") ?? "{}");
    const blobs = blobsIn(folder);
    expect(blobs).toContain(manifest.digest);
    expect(readdirSync(folder)).toEqual(["blobs"]);
    const asked: string[] = [];
    const spying = {
      ...createLayoutStore(folder, { writable: false }),
      size: (digest: string) => {
        asked.push(digest);
        return store.size(digest);
      },
    };
    const reading = contentService(new Map([[`local:${folder}`, spying]]));
    const cacheFrom = { src: folder, digest: manifest.digest ?? "" };
    const imports = JSON.stringify([{ Type: "local", Attrs: cacheFrom }]);
    const attributes = { "cache-imports": imports };
    await build({ socket, services: [servingContext(context), reading], cacheFrom, attributes });
    expect(asked).toContain(manifest.digest);
    // What is there is not written a second time.
    await build({ socket, services, cacheTo: { dest: folder, mode: "max" } });
    expect(blobsIn(folder)).toEqual(expect.arrayContaining([...blobs]));
  });

  test("writes an image to a layout of ours", async () => {
    const context = temporaryFolder();
    writeFileSync(join(context, "Dockerfile"), "FROM scratch\nCOPY Dockerfile /\n");
    const folder = temporaryFolder();
    const content = contentService(new Map([["export", createLayoutStore(folder, { writable: true })]]));
    const exporter = { type: "oci", attributes: { tar: "false" } };
    const { response } = await build({ socket, services: [servingContext(context), content], exporter });
    const blobs = blobsIn(folder);
    expect(blobs.length).toBeGreaterThanOrEqual(3);
    expect(blobs).toContain(response.ExporterResponse.get("containerimage.digest"));
  });

  test("tells what of the context could not be sent", async () => {
    const context = temporaryFolder();
    writeFileSync(join(context, "Dockerfile"), "FROM scratch\nCOPY . /\n");
    writeFileSync(Buffer.concat([Buffer.from(`${context}/b`), Buffer.from([0xff])]), "");
    const building = build({ socket, services: [servingContext(context)] });
    await expect(building).rejects.toThrow(/the name of .* is not valid UTF-8/);
  });

  test("ends a fetch when the build is cancelled, at any moment", async () => {
    const context = temporaryFolder();
    writeFileSync(join(context, "Dockerfile"), "FROM scratch\nCOPY . /\n");
    for (let i = 0; i < 2000; i++) writeFileSync(join(context, `file-${i}`), "x".repeat(10_000));
    for (const delayMs of [0, 20, 50, 100, 200, 400]) {
      const connection = new RpcConnection(await dialEngine(socket));
      const id = `${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}`;
      const session = openSession(connection, {
        id,
        sharedKey: id,
        name: "cancelled",
        services: [servingContext(context)],
      });
      const controller = new AbortController();
      setTimeout(() => controller.abort(new Error("enough")), delayMs);
      const options = { signal: controller.signal };
      const solve = connection.unary(
        control.solve,
        SolveRequest.create({ Ref: id, Session: id, Frontend: "dockerfile.v0" }),
        options,
      );
      await solve.catch((error: unknown) => expect(error).toMatchObject({ message: "enough" }));
      await session.close();
      await connection.close();
    }
    const open = readdirSync("/proc/self/fd").filter((fd) => {
      const link = `/proc/self/fd/${fd}`;
      return existsSync(link) && readlinkSync(link).startsWith(context);
    });
    expect(open).toEqual([]);
  });
});
