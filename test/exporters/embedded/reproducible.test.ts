/** Through the whole embedded engine: what is written depends on nothing but what is built. */
import { mkdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { openEmbeddedNode } from "../../../src/drivers/embedded/open.ts";
import { executePlan } from "../../../src/execute/run.ts";
import { systemClock } from "../../../src/execute/system-clock.ts";
import { createExporters } from "../../../src/exporters/create-exporters.ts";
import { output, targetNamed } from "../../execute/plans.ts";
import { temporaryFolder } from "../temporary-folder.ts";

/** The same files, made anew; `seconds` is when. */
async function context(seconds: number): Promise<string> {
  const folder = await temporaryFolder();
  const dockerfile = ["FROM scratch AS base", "COPY a /deep/er/", "FROM base", "WORKDIR /work", "COPY b .", ""];
  await writeFile(join(folder, "Dockerfile"), dockerfile.join("\n"));
  for (const name of ["a", "b"]) {
    await writeFile(join(folder, name), name.repeat(100_000));
    await utimes(join(folder, name), seconds, seconds);
  }
  return folder;
}

/** Archives of the outputs, built one after the other in a store of their own. */
async function build(seconds: number, compressions: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
  const folder = await context(seconds);
  const cache = await temporaryFolder();
  const environment = { variables: { TSBAKE_CACHE_DIR: cache }, homeFolder: cache, platform: process.platform };
  const node = await openEmbeddedNode({ name: "embedded", environment });
  onTestFinished(() => node.close());
  await mkdir(join(folder, "out"));
  const outputs = compressions.map((compression) =>
    output("oci", { dest: `out/${compression}.tar`, compression, name: "app:1" }),
  );
  const target = targetNamed("app", {
    args: new Map([["SOURCE_DATE_EPOCH", "1700000000"]]),
    platforms: ["linux/amd64", "linux/arm64"],
    attest: [
      { type: "provenance", disabled: false, attributes: new Map() },
      { type: "sbom", disabled: false, attributes: new Map([["generator", "tsbake"]]) },
    ],
    output: outputs,
  });
  const builds = outputs.map((each, index) => ({
    id: `app#${index}`,
    target: "app",
    output: each,
    links: new Map(),
    ...(index === 0 ? {} : { repeats: "app#0" }),
  }));
  const plan = { groups: new Map(), targets: new Map([["app", target]]), builds };
  const result = await executePlan(plan, {
    builder: "embedded",
    nodes: [node],
    exporters: createExporters({ workingFolder: folder, stdout: { stream: new PassThrough(), isTerminal: true } }),
    clock: systemClock,
    signal: new AbortController().signal,
    emit: () => {},
    workingFolder: folder,
  });
  expect([...result.outcomes.values()].map(({ status }) => status)).toEqual(compressions.map(() => "succeeded"));
  const archives = compressions.map(async (name) => [name, await readFile(join(folder, `out/${name}.tar`))] as const);
  return new Map(await Promise.all(archives));
}

test("two runs on files of other times, in other stores and another order write the same archives", async () => {
  const compressions = ["gzip", "uncompressed", "zstd", "estargz"];
  const first = await build(1_750_000_000, compressions);
  const second = await build(1_760_000_000, [...compressions].reverse());
  for (const name of compressions) {
    const [one = Buffer.alloc(0), other = Buffer.alloc(0)] = [first.get(name), second.get(name)];
    expect(one.length).toBeGreaterThan(1000);
    expect({ name, same: one.equals(other) }).toEqual({ name, same: true });
  }
});
