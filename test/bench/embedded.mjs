// Whole builds without a daemon against docker buildx on an engine, in turn: cold in every encoding, unchanged, with one file changed, of cached
// and of uncached commands. Printed as ratios: how many times as long the peer takes.
//   node test/bench/embedded.mjs [--quick]
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { printTable } from "./measure.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Loaded into our program ahead of everything: what the process used is written where the variable says. */
const meter = `
const { isMainThread } = require("node:worker_threads");
if (isMainThread) process.on("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  require("node:fs").writeFileSync(process.env.BENCH_METER, JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1000, peakMb: maxRSS / 1024 }));
});
`;

const head = ["", "  peer", "  ours", "peer/ours", "our CPU", "our memory"];

/** Prints tables. The engine's part is left out where there is none; commands where they cannot be run. */
export function benchEmbedded({ program, buildx, dockerHost, busybox, quick }) {
  // Memory instead of a disk where there is some: this is about what we do, not about what the disk does.
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "tsbake-embedded-"));
  try {
    const bench = new Bench({ program, peer: dockerHost && buildx, dockerHost, folder });
    benchCopies(bench, quick);
    if (busybox) benchCommands(bench, busybox, quick ? 3 : 9);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function benchCopies(bench, quick) {
  const [files, megabytes, rounds] = quick ? [5000, 50, 2] : [50_000, 500, 3];
  const original = join(bench.folder, "original");
  const made = spawnSync(process.execPath, [
    join(root, "test/bench/gen-context.mjs"),
    original,
    `${files}`,
    `${megabytes}`,
  ]);
  if (made.status !== 0) throw new Error(`no context: ${made.stderr}`);
  const dockerfile = "FROM scratch\nCOPY . /app/\n";
  for (const codec of quick ? ["gzip", "uncompressed"] : ["gzip", "zstd", "uncompressed", "estargz"]) {
    // The peer keeps what it was sent by the name of the folder.
    const cold = bench.compare(rounds, (round) => {
      const context = join(bench.folder, `context-${codec}-${round}`);
      rmSync(join(bench.folder, `context-${codec}-${round - 1}`), { recursive: true, force: true });
      cpSync(original, context, { recursive: true, preserveTimestamps: true });
      return { context, dockerfile, codec, cold: true };
    });
    const rows = [head, ["cold", ...cells(cold)]];
    const context = join(bench.folder, `context-${codec}-${rounds - 1}`);
    const same = { context, dockerfile, codec };
    rows.push(["nothing changed", ...cells(bench.compare(rounds, () => same))]);
    const changed = bench.compare(rounds, (round) => {
      appendFileSync(join(context, "bin/b0/tool-0"), `changed ${round}\n`);
      return same;
    });
    rows.push(["one file changed", ...cells(changed)]);
    printTable(`COPY of ${files} files, ${megabytes} MB, to an OCI archive, ${codec} (median of ${rounds})`, rows);
  }
}

function benchCommands(bench, busybox, rounds) {
  const context = join(bench.folder, "commands");
  mkdirSync(context);
  copyFileSync(busybox, join(context, "busybox"));
  const build = (count, more = {}) => {
    const runs = Array.from({ length: count }, (_, i) => `RUN true ${i}\n`);
    return { context, dockerfile: `FROM scratch\nCOPY busybox /bin/sh\n${runs.join("")}`, codec: "gzip", ...more };
  };
  if (!bench.canRun(build(1)))
    return process.stdout.write("\ncommands cannot be run here: their benchmarks are left out\n");
  bench.compare(1, () => build(20));
  const rows = [head, ["20 RUN, all cached", ...cells(bench.compare(rounds, () => build(20)))]];
  rows.push(["no RUN, all cached", ...cells(bench.compare(rounds, () => build(0)))]);
  const one = bench.compare(rounds, () => build(1, { cold: true }));
  const many = bench.compare(rounds, () => build(21, { cold: true }));
  rows.push(["RUN true, each", ...cells(difference(many, one, 20))]);
  printTable(`commands (median of ${rounds})`, rows);
}

class Bench {
  folder;
  #ours;
  #peer;
  #builds = 0;

  constructor({ program, peer, dockerHost, folder }) {
    this.folder = folder;
    writeFileSync(join(folder, "meter.cjs"), meter);
    const environment = {
      ...process.env,
      BUILDX_NO_DEFAULT_ATTESTATIONS: "1",
      TSBAKE_CACHE_DIR: join(folder, "cache"),
      BENCH_METER: join(folder, "used.json"),
    };
    delete environment.NODE_EXTRA_CA_CERTS;
    const ours = ["--require", join(folder, "meter.cjs"), program, "build", "--builder", "embedded"];
    this.#ours = { file: process.execPath, args: ours, environment };
    if (peer) this.#peer = { file: peer, args: ["bake"], environment: { ...environment, DOCKER_HOST: dockerHost } };
  }

  /** Both tools in turn, `rounds` times; `next` says what to build and is not timed. */
  compare(rounds, next) {
    const all = { peer: [], ours: [] };
    for (let round = 0; round < rounds; round++) {
      const build = next(round);
      // The BuildKit of Docker 28 ends itself when asked for estargz (docs/buildkit-differences.md).
      if (this.#peer && build.codec !== "estargz") all.peer.push(this.#run(this.#peer, build));
      if (build.cold) rmSync(join(this.folder, "cache"), { recursive: true, force: true });
      const wallMs = this.#run(this.#ours, build);
      all.ours.push({ wallMs, ...JSON.parse(readFileSync(join(this.folder, "used.json"), "utf8")) });
    }
    return {
      peerMs: median(all.peer),
      oursMs: median(all.ours.map(({ wallMs }) => wallMs)),
      cpuMs: median(all.ours.map(({ cpuMs }) => cpuMs)),
      peakMb: Math.max(...all.ours.map(({ peakMb }) => peakMb)),
    };
  }

  canRun(build) {
    try {
      this.#run(this.#ours, build);
      return true;
    } catch {
      return false;
    }
  }

  #run({ file, args, environment }, { context, dockerfile, codec, cold }) {
    writeFileSync(join(this.folder, "Dockerfile"), dockerfile);
    const output = join(this.folder, `out-${this.#builds++}.tar`);
    const exporter = `type=oci,dest=${output},compression=${codec},force-compression=true`;
    const target = { context, dockerfile: join(this.folder, "Dockerfile"), output: [exporter] };
    const definition = join(this.folder, "docker-bake.json");
    writeFileSync(definition, JSON.stringify({ target: { default: target } }));
    const flags = ["--progress", "plain", "-f", definition, "--allow", "fs=*", ...(cold ? ["--no-cache"] : [])];
    const started = performance.now();
    const run = spawnSync(file, [...args, ...flags], { env: environment, encoding: "utf8", maxBuffer: 1 << 28 });
    const wallMs = performance.now() - started;
    rmSync(output, { force: true });
    if (run.status === 0) return wallMs;
    throw new Error(`${file} ended with ${run.status ?? run.signal}: ${run.stderr.slice(-2000)}`);
  }
}

function difference(many, one, count) {
  const each = (name) => (many[name] === undefined ? undefined : (many[name] - one[name]) / count);
  return { peerMs: each("peerMs"), oursMs: each("oursMs"), cpuMs: each("cpuMs"), peakMb: many.peakMb };
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function cells({ peerMs, oursMs, cpuMs, peakMb }) {
  const seconds = (ms) => `${(ms / 1000).toFixed(ms < 100 ? 3 : 2)} s`;
  return [
    (peerMs === undefined ? "-" : seconds(peerMs)).padStart(8),
    seconds(oursMs).padStart(8),
    (peerMs === undefined ? "-" : `${(peerMs / oursMs).toFixed(1)}x`).padStart(7),
    seconds(cpuMs).padStart(8),
    `${peakMb.toFixed(0)} MB`.padStart(7),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { DOCKER_HOST: dockerHost, BUILDX: buildx, BUSYBOX: busybox } = process.env;
  const program = process.env.TSBAKE_PROGRAM ?? join(root, "dist/cli/tsbake.cjs");
  benchEmbedded({ program, buildx, dockerHost, busybox, quick: process.argv.includes("--quick") });
}
