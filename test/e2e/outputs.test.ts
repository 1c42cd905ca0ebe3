import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { extract } from "tar-stream";
import { expect, test } from "vitest";
import type { OutputEntry } from "../../src/buildfile/attributes/entries.ts";
import { resolveDockerEndpoint } from "../../src/drivers/docker/endpoint.ts";
import { engineClient } from "../../src/drivers/docker/open.ts";
import { openRemoteNode } from "../../src/drivers/remote/open.ts";
import type { BuildEvent, Outcome } from "../../src/events/event.ts";
import { exitCodeOf } from "../../src/execute/exit-code.ts";
import type { BuildNode } from "../../src/execute/ports.ts";
import { type ExecuteOptions, executePlan, type RunResult } from "../../src/execute/run.ts";
import { systemClock } from "../../src/execute/system-clock.ts";
import { createExporters, type ExportersOptions } from "../../src/exporters/create-exporters.ts";
import type { EngineLoad } from "../../src/exporters/engine-load/engine.ts";
import type { Build, Plan, Target } from "../../src/plan/plan.ts";
import { describeWithEngine } from "../engine/context.ts";
import type { EngineFound } from "../engine/global-setup.ts";
import { startRegistry } from "../engine/registry.ts";
import { openSplice } from "../engine/splice.ts";
import { output, targetNamed } from "../execute/plans.ts";
import { readTree, writeTree } from "../exporters/tree.ts";
import { afterTest, busyboxFolder, dockerNode, environmentFor, folderWith } from "./solve-setting.ts";

interface RunSettings {
  readonly node: BuildNode;
  readonly folder: string;
  readonly targets: readonly Target[];
  readonly exporters?: Partial<ExportersOptions>;
  readonly execute?: Partial<ExecuteOptions>;
  readonly onEvent?: (event: BuildEvent) => void;
}

/** One build for each output of each target; contexts of the form `target:x` are links. */
function planOf(targets: readonly Target[]): Plan {
  const builds = targets.flatMap((target): readonly Build[] => {
    const linked = [...target.contexts].filter(([, value]) => value.startsWith("target:"));
    const links = new Map(linked.map(([name, value]) => [name, `${value.slice("target:".length)}#0`]));
    const outputs: readonly (OutputEntry | undefined)[] = target.output.length === 0 ? [undefined] : target.output;
    return outputs.map((entry, index) => ({
      id: `${target.name}#${index}`,
      target: target.name,
      links,
      ...(entry === undefined ? {} : { output: entry }),
      ...(index === 0 ? {} : { repeats: `${target.name}#0` }),
    }));
  });
  return { groups: new Map(), targets: new Map(targets.map((target) => [target.name, target])), builds };
}

async function run({ node, folder, targets, exporters = {}, execute = {}, onEvent }: RunSettings): Promise<RunResult> {
  const stdout = { stream: new PassThrough(), isTerminal: true };
  return await executePlan(planOf(targets), {
    builder: "test",
    nodes: [node],
    exporters: createExporters({ workingFolder: folder, stdout, ...exporters }),
    clock: systemClock,
    signal: new AbortController().signal,
    emit: (event) => onEvent?.(event),
    workingFolder: folder,
    ...execute,
  });
}

function succeeded(result: RunResult, build: string): Extract<Outcome, { status: "succeeded" }> {
  const outcome = result.outcomes.get(build);
  if (outcome?.status === "succeeded") return outcome;
  throw new Error(`${build} did not succeed: ${JSON.stringify(outcome)}`);
}

async function namesInTar(bytes: Buffer): Promise<readonly string[]> {
  const reader = extract();
  reader.end(bytes);
  const names: string[] = [];
  for await (const entry of reader) {
    names.push(entry.header.name);
    entry.resume();
  }
  return names.sort();
}

const accept = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json";

/** The text of a manifest and, when it is an index, of the images in it. */
async function manifestsIn(address: string, reference: string): Promise<string> {
  const text = await (await fetch(`${address}/${reference}`, { headers: { accept } })).text();
  if (!text.includes('"manifests"')) return text;
  const digests = [...text.matchAll(/"digest": *"(sha256:[0-9a-f]+)"/g)].map(([, digest]) => digest ?? "");
  return [text, ...(await Promise.all(digests.map((digest) => manifestsIn(address, digest))))].join("\n");
}

async function docker(engine: EngineFound, path: string): Promise<unknown> {
  const curl = ["-s", "--unix-socket", engine.socket ?? "", `http://docker${path}`];
  return JSON.parse((await promisify(execFile)("curl", curl)).stdout);
}

async function engineLoad(engine: EngineFound): Promise<EngineLoad> {
  const environment = await environmentFor(engine);
  const client = engineClient(await resolveDockerEndpoint(environment, {}), environment);
  return {
    takesOci: async () => (await client.info(new AbortController().signal)).containerdStore,
    load: (archive, signal) => client.loadImages(archive, signal),
  };
}

async function remoteNode(engine: EngineFound): Promise<BuildNode> {
  const splice = await openSplice(engine.dockerHost, { kind: "tcp" });
  afterTest(() => splice.close());
  const node = await openRemoteNode({
    name: "remote",
    endpoint: splice.endpoint,
    environment: await environmentFor(engine),
  });
  afterTest(() => node.close());
  return node;
}

describeWithEngine("outputs on a real engine", (engine) => {
  const smallFolder = (): Promise<string> =>
    folderWith({ Dockerfile: "FROM scratch\nCOPY hello.txt /sub/\n", "hello.txt": `hello ${randomUUID()}` });

  test("one target with four outputs: the first does the work, the others find it in the cache", async () => {
    const folder = await smallFolder();
    const tag = `tsbake-outputs-${randomUUID()}:1`;
    await writeTree(join(folder, "out"), { "kept.txt": "k", sub: { "kept.txt": "k" } });
    const outputs = [
      output("local", { dest: "out" }),
      output("oci", { dest: "dist/app.oci.tar" }),
      output("tar", { dest: "dist/app.tar" }),
      output("docker"),
    ];
    const result = await run({
      node: await dockerNode(engine),
      folder,
      targets: [targetNamed("app", { tags: [tag], output: outputs })],
    });
    expect(exitCodeOf(result)).toBe(0);
    const hello = await readFile(join(folder, "hello.txt"), "utf8");
    expect(await readTree(join(folder, "out"))).toEqual({
      "kept.txt": "k",
      sub: { "kept.txt": "k", "hello.txt": hello },
    });
    expect((await readdir(join(folder, "dist"))).sort()).toEqual(["app.oci.tar", "app.tar"]);
    expect(await namesInTar(await readFile(join(folder, "dist/app.tar")))).toEqual(["sub/", "sub/hello.txt"]);
    expect(await namesInTar(await readFile(join(folder, "dist/app.oci.tar")))).toContain("oci-layout");
    expect([0, 1, 2, 3].map((index) => succeeded(result, `app#${index}`).cached)).toEqual([false, true, true, true]);
    expect([0, 1, 2].map((index) => succeeded(result, `app#${index}`).published)).toEqual([
      ["out"],
      ["dist/app.oci.tar"],
      ["dist/app.tar"],
    ]);
    expect(await docker(engine, `/images/${tag}/json`)).toMatchObject({ RepoTags: [tag] });
    expect([...succeeded(result, "app#3").response.keys()]).not.toContain("containerimage.config.digest");
  });

  test("without an output, a Docker engine keeps the image", async () => {
    const tag = `tsbake-default-${randomUUID()}:1`;
    const result = await run({
      node: await dockerNode(engine),
      folder: await smallFolder(),
      targets: [targetNamed("app", { tags: [tag] })],
    });
    expect(succeeded(result, "app#0").published).toEqual([`docker.io/library/${tag}`]);
    expect(await docker(engine, `/images/${tag}/json`)).toMatchObject({ RepoTags: [tag] });
  });

  test("an archive on standard output is an archive", async () => {
    const stream = new PassThrough();
    const received = buffer(stream);
    const result = await run({
      node: await dockerNode(engine),
      folder: await smallFolder(),
      targets: [targetNamed("app", { output: [output("tar", { dest: "-" })] })],
      exporters: { stdout: { stream, isTerminal: false } },
    });
    stream.end();
    expect(succeeded(result, "app#0").published).toEqual(["standard output"]);
    expect(await namesInTar(await received)).toEqual(["sub/", "sub/hello.txt"]);
  });

  test("a layout in a folder: the second image is listed beside the first", async () => {
    const folder = await smallFolder();
    const node = await dockerNode(engine);
    for (const tag of ["1", "2"]) {
      const result = await run({
        node,
        folder,
        targets: [
          targetNamed("app", {
            tags: [`tsbake-layout:${tag}`],
            labels: new Map([["tag", tag]]),
            output: [output("oci", { dest: "layout", tar: "false" })],
          }),
        ],
      });
      expect(succeeded(result, "app#0").published).toEqual(["layout"]);
    }
    const layout = join(folder, "layout");
    expect((await readdir(layout)).sort()).toEqual(["blobs", "index.json", "oci-layout"]);
    const index = JSON.parse(await readFile(join(layout, "index.json"), "utf8"));
    const names: unknown = index.manifests.map(
      (each: { readonly annotations: Readonly<Record<string, string>> }) =>
        each.annotations["io.containerd.image.name"],
    );
    expect(names).toEqual(["docker.io/library/tsbake-layout:1", "docker.io/library/tsbake-layout:2"]);
    if (engine.umociPath === undefined) return;
    const bundle = join(folder, "bundle");
    await promisify(execFile)(engine.umociPath, ["unpack", "--rootless", "--image", `${layout}:2`, bundle]);
    expect(await readFile(join(bundle, "rootfs/sub/hello.txt"), "utf8")).toMatch(/^hello /);
  });

  test("a docker output of another node is loaded into the engine", async () => {
    const tag = `tsbake-loaded-${randomUUID()}:1`;
    const result = await run({
      node: await remoteNode(engine),
      folder: await smallFolder(),
      targets: [targetNamed("app", { tags: [tag], output: [output("docker")] })],
      exporters: { engineLoad: () => engineLoad(engine) },
    });
    succeeded(result, "app#0");
    expect(await docker(engine, `/images/${tag}/json`)).toMatchObject({ RepoTags: [tag] });
  });

  test("a pushed image has its name, its annotations and its digest in the registry", async () => {
    if (engine.registryPath === undefined) throw new Error("the tests need docker-registry");
    const registry = await startRegistry({ registryPath: engine.registryPath });
    afterTest(() => registry.stop());
    const name = `${registry.host}/team/app:1`;
    const result = await run({
      node: await dockerNode(engine),
      folder: await smallFolder(),
      targets: [
        targetNamed("app", {
          tags: [name],
          annotations: ["manifest:org.example.owner=team"],
          output: [output("registry", { "oci-mediatypes": "true" })],
        }),
      ],
    });
    expect(succeeded(result, "app#0").published).toEqual([name]);
    const response = await fetch(`http://${registry.host}/v2/team/app/manifests/1`, { headers: { accept } });
    expect(response.headers.get("docker-content-digest")).toBe(
      succeeded(result, "app#0").response.get("containerimage.digest"),
    );
    expect(await manifestsIn(`http://${registry.host}/v2/team/app/manifests`, "1")).toMatch(
      /"org.example.owner": *"team"/,
    );
  });

  test("linked targets, limited to one at a time, reach their outputs", async () => {
    const folder = await smallFolder();
    const inline = (from: string, line: string): string => `FROM ${from}\n${line}\n`;
    const targets = [
      targetNamed("base", { output: [output("local", { dest: "base" })] }),
      targetNamed("middle", {
        contexts: new Map([["below", "target:base"]]),
        dockerfileInline: inline("below", "COPY hello.txt /middle.txt"),
        linkedOnly: true,
        output: [output("cacheonly")],
      }),
      targetNamed("top", {
        contexts: new Map([["below", "target:middle"]]),
        dockerfileInline: inline("below", "COPY hello.txt /top.txt"),
        output: [output("local", { dest: "top" }), output("tar", { dest: "top.tar" })],
      }),
    ];
    const result = await run({ node: await dockerNode(engine), folder, targets, execute: { jobs: 1 } });
    expect(exitCodeOf(result)).toBe(0);
    expect((await readdir(join(folder, "top"))).sort()).toEqual(["middle.txt", "sub", "top.txt"]);
    expect(await namesInTar(await readFile(join(folder, "top.tar")))).toEqual([
      "middle.txt",
      "sub/",
      "sub/hello.txt",
      "top.txt",
    ]);
  });

  test("a failing build among others: with continue those are published, and nothing of the failed one is", async () => {
    const folder = await busyboxFolder(engine, ["FROM base AS good", "FROM base AS bad", "RUN exit 3"]);
    const targets = [
      targetNamed("good", { stage: "good", output: [output("oci", { dest: "dist/good.tar" })] }),
      targetNamed("bad", { stage: "bad", output: [output("oci", { dest: "dist/bad.tar" })] }),
    ];
    const result = await run({ node: await dockerNode(engine), folder, targets, execute: { onFailure: "continue" } });
    expect(exitCodeOf(result)).toBe(4);
    expect(result.outcomes.get("bad#0")).toMatchObject({ status: "failed", code: "build/step-failed" });
    expect(await readdir(join(folder, "dist"))).toEqual(["good.tar"]);
  });

  test.each([0, 300, 700, 1100, 1500])(
    "interrupted after %d ms, the old output stays and nothing is staged",
    async (delayMs) => {
      const folder = await busyboxFolder(engine, [
        "RUN /bin/busybox dd if=/dev/urandom of=/big bs=1M count=64 && /bin/busybox sleep 0.3",
      ]);
      await writeTree(folder, { "app.tar": "old", out: { old: "o" } });
      const interrupt = new AbortController();
      const outputs = [
        output("tar", { dest: "app.tar" }),
        output("local", { dest: "out" }),
        output("local", { dest: "new/out" }),
      ];
      const targets = outputs.map((entry, index) => targetNamed(`t${index}`, { output: [entry] }));
      setTimeout(() => interrupt.abort(), delayMs);
      const result = await run({
        node: await dockerNode(engine),
        folder,
        targets,
        execute: { signal: interrupt.signal },
      });
      const left = (await readdir(folder, { recursive: true })).filter((name) => name.includes(".tsbake-"));
      expect(left).toEqual([]);
      const [archive, existing, fresh] = ["t0#0", "t1#0", "t2#0"].map((id) => result.outcomes.get(id)?.status);
      expect((await stat(join(folder, "app.tar"))).size === 3).toBe(archive !== "succeeded");
      expect((await readdir(join(folder, "out"))).length === 1).toBe(existing !== "succeeded");
      expect((await readdir(folder)).includes("new")).toBe(fresh === "succeeded");
    },
  );

  test("interrupted while the result is being received, the old output stays and nothing is staged", async () => {
    const folder = await busyboxFolder(engine, ["RUN /bin/busybox dd if=/dev/urandom of=/big bs=1M count=200"]);
    await writeTree(folder, { "app.tar": "old" });
    const interrupt = new AbortController();
    let largest = 0;
    const watching = setInterval(async () => {
      const staged = (await readdir(folder)).find((name) => name.startsWith(".app.tar.tsbake-"));
      const size =
        staged === undefined
          ? 0
          : await stat(join(folder, staged)).then(
              (found) => found.size,
              () => 0,
            );
      largest = Math.max(largest, size);
      if (size > 0) interrupt.abort();
    }, 5);
    const targets = [targetNamed("app", { output: [output("tar", { dest: "app.tar" })] })];
    const result = await run({
      node: await dockerNode(engine),
      folder,
      targets,
      execute: { signal: interrupt.signal },
    });
    clearInterval(watching);
    expect(largest).toBeGreaterThan(0);
    expect(result.outcomes.get("app#0")).toEqual({ status: "cancelled", reason: "interrupted" });
    expect((await readdir(folder)).sort()).toEqual(["Dockerfile", "app.tar", "busybox"]);
    expect(await readFile(join(folder, "app.tar"), "utf8")).toBe("old");
  });
});
