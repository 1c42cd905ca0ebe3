import { join } from "node:path";
import { PassThrough, type Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { TsbakeError } from "../../src/base/errors.ts";
import type { OutputEntry } from "../../src/buildfile/attributes/entries.ts";
import type { ExporterPort, NodeCapabilities, PreparedExport, SolveResult } from "../../src/execute/ports.ts";
import { createExporters, type ExportersOptions } from "../../src/exporters/create-exporters.ts";
import type { EngineLoad } from "../../src/exporters/engine-load/engine.ts";
import type { Target } from "../../src/plan/plan.ts";
import { output, targetNamed } from "../execute/plans.ts";
import { deliver, send, sendWith } from "./receive.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { readTree, writeTree } from "./tree.ts";

const node: NodeCapabilities = {
  platforms: [],
  imageStore: "none",
  exporters: new Set(["image", "oci", "docker", "tar", "local"]),
};

function exporters(options: Partial<ExportersOptions> = {}): ExporterPort {
  return createExporters({
    workingFolder: "/work",
    stdout: { stream: new PassThrough(), isTerminal: false },
    ...options,
  });
}

async function prepare(
  port: ExporterPort,
  entry: OutputEntry,
  target: Partial<Target> = {},
  id = "app#0",
): Promise<PreparedExport> {
  return await port.prepare({ id, target: "app", output: entry, links: new Map() }, targetNamed("app", target), node);
}

function answer(response: Readonly<Record<string, string>> = {}): SolveResult {
  return { response: new Map(Object.entries(response)), cached: false };
}

function code(expected: string): unknown {
  return expect.objectContaining({ name: TsbakeError.name, code: expected });
}

describe("what was published", () => {
  test("files and folders by the path as it was written, from the working folder", async () => {
    const workingFolder = await temporaryFolder();
    const port = exporters({ workingFolder });
    const archive = await prepare(port, output("oci", { dest: "dist/app.tar" }));
    const folder = await prepare(port, output("local", { dest: "./out" }));
    await send(archive, "image");
    await deliver(folder, { file: "f" });
    expect(archive.destination).toBe("dist/app.tar");
    expect(await archive.publish(answer())).toEqual(["dist/app.tar"]);
    expect(await folder.publish(answer())).toEqual(["./out"]);
    expect(await readTree(workingFolder)).toEqual({ dist: { "app.tar": "image" }, out: { file: "f" } });
  });

  test.each([
    {
      response: { "image.name": "docker.io/library/app:1,app:2" },
      tags: ["app:1"],
      is: ["docker.io/library/app:1", "app:2"],
    },
    { response: { "containerimage.digest": "sha256:abc" }, tags: ["app:1"], is: ["app:1"] },
    { response: { "containerimage.digest": "sha256:abc" }, tags: [], is: ["sha256:abc"] },
    { response: {}, tags: [], is: [] },
  ])("images by name, else by digest: $is", async ({ response, tags, is }) => {
    const image = await prepare(exporters(), output("image"), { tags });
    expect(await image.publish(answer(response))).toEqual(is);
  });

  test("nothing for what stays in the cache", async () => {
    const none = await prepare(exporters(), output("cacheonly"));
    expect(none.exporter).toBeUndefined();
    expect(await none.publish(answer())).toEqual([]);
    await none.discard();
  });
});

describe("standard output", () => {
  test("receives one archive, with backpressure, and stays open", async () => {
    const stream = new PassThrough({ highWaterMark: 16 });
    const received = text(stream);
    const archive = await prepare(exporters({ stdout: { stream, isTerminal: false } }), output("tar", { dest: "-" }));
    await send(archive, "a".repeat(100), "b".repeat(100));
    expect(await archive.publish(answer())).toEqual(["standard output"]);
    await archive.discard();
    expect(stream.writable).toBe(true);
    stream.end();
    expect(await received).toBe("a".repeat(100) + "b".repeat(100));
  });

  test("is refused when it is a terminal", async () => {
    const port = exporters({ stdout: { stream: new PassThrough(), isTerminal: true } });
    await expect(prepare(port, output("oci"))).rejects.toEqual(code("exporters/stdout-is-terminal"));
  });

  test("is given to one build, and again to it as long as nothing was written", async () => {
    const stream = new PassThrough();
    stream.resume();
    const port = exporters({ stdout: { stream, isTerminal: false } });
    await prepare(port, output("oci"), {}, "a#0");
    await expect(prepare(port, output("oci"), {}, "b#0")).rejects.toEqual(code("exporters/stdout-taken"));
    const again = await prepare(port, output("oci"), {}, "a#0");
    await send(again, "half");
    await again.discard();
    await expect(prepare(port, output("oci"), {}, "a#0")).rejects.toEqual(code("exporters/stdout-half-written"));
  });

  test("whose reader goes away fails the build and not the process", async () => {
    const stream = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" })),
    });
    const archive = await prepare(exporters({ stdout: { stream, isTerminal: false } }), output("oci"));
    await expect(send(archive, "x")).rejects.toThrow();
    expect(archive.trouble?.()).toEqual(code("exporters/stdout-closed"));
    await archive.discard();
  });

  test("that did not get everything is an error", async () => {
    const archive = await prepare(exporters(), output("oci"));
    await expect(archive.publish(answer())).rejects.toEqual(code("exporters/incomplete"));
  });
});

const digests = new Map([
  ["containerimage.digest", "sha256:manifest"],
  ["containerimage.config.digest", "sha256:config"],
]);

interface FakeEngine {
  readonly engine: EngineLoad;
  readonly archives: string[];
  cancelled: boolean;
}

function fakeEngine(load?: EngineLoad["load"], takesOci = false): FakeEngine {
  const archives: string[] = [];
  const fake: FakeEngine = {
    archives,
    cancelled: false,
    engine: {
      takesOci: async () => takesOci,
      load: async (archive: Readable, signal: AbortSignal) => {
        signal.addEventListener("abort", () => {
          fake.cancelled = true;
        });
        if (load !== undefined) await load(archive, signal);
        else archives.push(await text(archive));
      },
    },
  };
  return fake;
}

describe("loading into an engine", () => {
  test.each([
    { takesOci: true, exporter: "oci" },
    { takesOci: false, exporter: "docker" },
  ])("streams the archive, as $exporter", async ({ takesOci, exporter }) => {
    const fake = fakeEngine(undefined, takesOci);
    const image = await prepare(exporters({ engineLoad: async () => fake.engine }), output("docker"), {
      tags: ["app:1"],
    });
    expect(image.exporter).toBe(exporter);
    await send(image, "one ", Buffer.alloc(1 << 20, "x"));
    expect(await image.publish(answer())).toEqual(["app:1"]);
    await image.discard();
    expect(fake.archives).toEqual([`one ${"x".repeat(1 << 20)}`]);
    expect(fake.cancelled).toBe(false);
  });

  test.each([
    { there: "sha256:manifest", key: "containerimage.digest" },
    { there: "sha256:config", key: "containerimage.config.digest" },
  ])("an image that is there, as its $key says, is named and not sent", async ({ there }) => {
    const fake = fakeEngine();
    const tagged: string[] = [];
    const engine: EngineLoad = {
      ...fake.engine,
      has: async (digest) => digest === there,
      tag: async (digest, name) => void tagged.push(`${name} is ${digest}`),
    };
    const image = await prepare(exporters({ engineLoad: async () => engine }), output("docker"), {
      tags: ["app:1", "app:2"],
    });
    await sendWith(image, digests, "bytes");
    await image.publish(answer());
    await image.discard();
    expect(fake.archives).toEqual([]);
    expect(tagged).toEqual([`app:1 is ${there}`, `app:2 is ${there}`]);
  });

  test.each<[string, EngineLoad["has"]]>([
    ["is not there", async () => false],
    ["cannot be asked for", () => Promise.reject(new Error("busy"))],
    ["cannot be asked for at all", undefined],
  ])("an image that %s is sent", async (_when, has) => {
    const fake = fakeEngine();
    const tag = () => Promise.reject(new Error("it is not there"));
    const engine: EngineLoad = { ...fake.engine, tag, ...(has === undefined ? {} : { has }) };
    const image = await prepare(exporters({ engineLoad: async () => engine }), output("docker"), { tags: ["app"] });
    await sendWith(image, digests, "bytes");
    await image.publish(answer());
    expect(fake.archives).toEqual(["bytes"]);
  });

  test("an image that cannot be named fails the build with the engine's words", async () => {
    const refused = new TsbakeError("drivers/engine-refused", "no such image");
    const engine: EngineLoad = {
      ...fakeEngine().engine,
      has: async () => true,
      tag: () => Promise.reject(refused),
    };
    const image = await prepare(exporters({ engineLoad: async () => engine }), output("docker"), { tags: ["app"] });
    await expect(sendWith(image, digests, "bytes")).rejects.toThrow("no such image");
    expect(image.trouble?.()).toBe(refused);
    await expect(image.publish(answer())).rejects.toBe(refused);
    await image.discard();
  });

  test("ends the stream only when the engine has the image", async () => {
    let taken = false;
    const fake = fakeEngine(async (archive) => {
      await text(archive);
      await pause(20);
      taken = true;
    });
    const image = await prepare(exporters({ engineLoad: async () => fake.engine }), output("docker"));
    await send(image, "x");
    expect(taken).toBe(true);
  });

  test.each([
    ["at once", async (): Promise<void> => {}],
    ["after everything", async (archive: Readable): Promise<void> => void (await text(archive))],
  ])("an engine that refuses %s fails the build with its own words", async (_when, read) => {
    const fake = fakeEngine(async (archive) => {
      await read(archive);
      throw new TsbakeError("drivers/engine-refused", "no space on the engine");
    });
    const image = await prepare(exporters({ engineLoad: async () => fake.engine }), output("docker"));
    await expect(send(image, ...Array.from({ length: 20 }, () => Buffer.alloc(1 << 16)))).rejects.toThrow(
      "no space on the engine",
    );
    expect(image.trouble?.()).toEqual(code("drivers/engine-refused"));
    await image.discard();
  });

  test("is cancelled when the build is given up, and waited for", async () => {
    let ended = false;
    const fake = fakeEngine(async (archive, signal) => {
      archive.on("error", () => {}).resume();
      await pause(60_000, undefined, { signal }).catch(() => {});
      ended = true;
      signal.throwIfAborted();
    });
    const image = await prepare(exporters({ engineLoad: async () => fake.engine }), output("docker"));
    if (image.sink.kind !== "stream") throw new Error("not a stream");
    (await image.sink.open(new Map())).write("half");
    await image.discard();
    expect({ ended, cancelled: fake.cancelled }).toEqual({ ended: true, cancelled: true });
  });

  test("of several platforms needs an engine that takes OCI archives", async () => {
    const platforms = ["linux/amd64", "linux/arm64"];
    const asks = async (takesOci: boolean): Promise<PreparedExport> => {
      const { engine } = fakeEngine(undefined, takesOci);
      return await prepare(exporters({ engineLoad: async () => engine }), output("docker"), { platforms });
    };
    await expect(asks(false)).rejects.toEqual(code("exporters/several-platforms"));
    expect((await asks(true)).exporter).toBe("oci");
  });

  test("without an engine is refused", async () => {
    await expect(prepare(exporters(), output("docker"))).rejects.toEqual(code("exporters/no-engine-to-load"));
  });
});

describe("mode=delete", () => {
  test.each([".", "..", "/", "link-to-here"])("never empties the working folder: dest=%s", async (dest) => {
    const folder = await temporaryFolder();
    await writeTree(folder, { work: { precious: "p", "link-to-here -> ../work": "" } });
    const port = exporters({ workingFolder: join(folder, "work") });
    await expect(prepare(port, output("local", { dest, mode: "delete" }))).rejects.toEqual(
      code("exporters/delete-refused"),
    );
  });

  test.each(["out", "..out", "new"])("empties a folder below: dest=%s", async (dest) => {
    const workingFolder = await temporaryFolder();
    await writeTree(workingFolder, { out: { old: "o" }, "..out": { old: "o" } });
    const folder = await prepare(exporters({ workingFolder }), output("local", { dest, mode: "delete" }));
    await deliver(folder, { fresh: "f" });
    await folder.publish(answer());
    expect(await readTree(join(workingFolder, dest))).toEqual({ fresh: "f" });
  });
});
