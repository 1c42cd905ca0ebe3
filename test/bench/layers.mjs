// Packing layers: cold in every encoding, unchanged, with one file changed. Printed as ratios to what the same machine needs, in the same run, for
// the work that cannot be avoided: walking, reading and hashing the context, and deflating it on all cores.
//   node test/bench/layers.mjs [--quick]
import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { printTable, times } from "./measure.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Sources as they are run: Node 20 runs no TypeScript. */
const entry = `
export { openLayerStore } from ${JSON.stringify(join(root, "src/engine/layer/layer-store.ts"))};
export { openStore } from ${JSON.stringify(join(root, "src/engine/store/open-store.ts"))};
export { openContextTree } from ${JSON.stringify(join(root, "src/engine/tree/context-tree.ts"))};
export { walk } from ${JSON.stringify(join(root, "src/engine/tree/walk.ts"))};
`;

/** Runs in a process of its own, so that memory is its own too: `job.mjs KIND CONTEXT STORE [PREVIOUS]`, figures as JSON on stdout. */
const job = `
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { availableParallelism } from "node:os";
import { deflateRaw } from "node:zlib";
import { openContextTree, openLayerStore, openStore, walk } from "./engine.mjs";
const [kind, context, folder, previous] = process.argv.slice(2);
const signal = new AbortController().signal;
const cpuMs = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
const started = performance.now();
let result = {};
const listed = () => Array.from(walk(openContextTree(context)));
if (kind === "read") {
  const hash = createHash("sha256");
  const buffer = Buffer.alloc(8 << 20);
  for (const { content } of listed()) {
    if (!content) continue;
    const file = openSync(content.file, "r");
    for (let bytes; (bytes = readSync(file, buffer)) > 0; ) hash.update(buffer.subarray(0, bytes));
    closeSync(file);
  }
} else if (kind === "deflate") {
  const parts = [];
  for (const { content } of listed()) {
    if (!content) continue;
    const file = openSync(content.file, "r");
    const bytes = Buffer.alloc(content.size);
    readSync(file, bytes);
    closeSync(file);
    parts.push(bytes);
  }
  const all = Buffer.concat(parts);
  const before = cpuMs();
  let at = 0;
  const lane = async () => {
    while (at < all.length) {
      const piece = all.subarray(at, (at += 1 << 20));
      await new Promise((resolve, reject) => deflateRaw(piece, { level: 6 }, (error) => (error ? reject(error) : resolve())));
    }
  };
  await Promise.all([lane(), lane(), lane()]);
  result = { deflateMs: cpuMs() - before, cores: Math.min(availableParallelism(), 3) };
} else {
  const store = await openStore(folder);
  await store.hashes.open(context);
  const layers = openLayerStore(store);
  const packed = await layers.pack(listed(), { encoding: { compression: kind }, signal, ...(previous ? { previous } : {}) });
  await layers.blob(packed.layer, { compression: kind }, { signal });
  await store.close();
  result = { diffId: packed.layer.diffId };
}
console.log(JSON.stringify({ ...result, wallMs: performance.now() - started, cpuMs: cpuMs(), peakMb: process.resourceUsage().maxRSS / 1024 }));
`;

export async function benchLayers({ folder, quick }) {
  const [files, megabytes, rounds] = quick ? [5000, 50, 2] : [50_000, 500, 3];
  const context = join(folder, "context");
  spawnSync(process.execPath, [join(root, "test/bench/gen-context.mjs"), context, String(files), String(megabytes)]);
  await bundle(folder);
  const run = (kind, { cold = true, previous = "" } = {}) => {
    const store = join(folder, "store");
    if (cold) rmSync(store, { recursive: true, force: true });
    const done = spawnSync(process.execPath, [join(folder, "job.mjs"), kind, context, store, previous], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (done.status !== 0) throw new Error(`${kind} ended with ${done.status ?? done.signal}`);
    return JSON.parse(done.stdout);
  };
  const least = (kind) =>
    Array.from({ length: rounds }, () => run(kind)).reduce((best, each) => (each.wallMs < best.wallMs ? each : best));
  const read = least("read");
  const { deflateMs, cores } = least("deflate");
  const cells = ({ wallMs, cpuMs, peakMb }, floorMs) => [
    `${wallMs.toFixed(0).padStart(6)} ms`,
    `${cpuMs.toFixed(0).padStart(6)} ms CPU`,
    `${peakMb.toFixed(0).padStart(4)} MB`,
    floorMs ? `${times(wallMs / floorMs)} of the floor` : "",
  ];
  const deflated = read.wallMs + deflateMs / cores;
  const rows = [
    ["floor: walk, read, sha256", ...cells(read)],
    ["floor: that, and deflate on all cores", `${deflated.toFixed(0).padStart(6)} ms`],
    ["uncompressed", ...cells(least("uncompressed"), read.wallMs)],
    ["zstd", ...cells(least("zstd"), read.wallMs)],
    ["estargz", ...cells(least("estargz"), deflated)],
  ];
  const cold = least("gzip");
  rows.push(["gzip", ...cells(cold, deflated)]);
  rows.push(["gzip, nothing changed", ...cells(run("gzip", { cold: false, previous: cold.diffId }), read.wallMs)]);
  appendFileSync(join(context, "bin/b0/tool-0"), "changed\n");
  rows.push(["gzip, one file changed", ...cells(run("gzip", { cold: false, previous: cold.diffId }), read.wallMs)]);
  printTable(`layers: ${files} files, ${megabytes} MB`, rows);
}

async function bundle(folder) {
  writeFileSync(join(folder, "entry.ts"), entry);
  const build = await rolldown({ input: join(folder, "entry.ts"), platform: "node", external: [/^node:/] });
  await build.write({ file: join(folder, "engine.mjs"), format: "esm", codeSplitting: false });
  await build.close();
  writeFileSync(join(folder, "job.mjs"), job);
  // Where the optional package is looked for.
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  delete process.env.NODE_EXTRA_CA_CERTS;
  // Memory instead of a disk where there is some: this is about what we do, not about what the disk does.
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "tsbake-layers-"));
  try {
    await benchLayers({ folder, quick: process.argv.includes("--quick") });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
