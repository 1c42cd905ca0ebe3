// All benchmarks, printed as ratios. `--quick` is small enough for CI; without it the sizes are those that docs and notes quote.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { benchBuilding } from "../test/bench/building.mjs";
import { benchEmbedded } from "../test/bench/embedded.mjs";
import { benchPlanning } from "../test/bench/planning.mjs";
import { benchRunning } from "../test/bench/run.mjs";
import { prepare } from "./prepare.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const engineCommand = join(root, "test/engine/run.mjs");

prepare();
// Loading extra certificates is no part of what is measured.
delete process.env.NODE_EXTRA_CA_CERTS;
const folder = mkdtempSync(join(tmpdir(), "tsbake-bench-"));
const started = spawnSync(process.execPath, [engineCommand, "start"], { stdio: ["ignore", 2, 2] }).status === 0;
try {
  const { DOCKER_HOST: dockerHost, BUILDX: buildx, BUSYBOX: busybox } = started ? engineEnvironment() : {};
  const settings = {
    program: join(root, "dist/cli/tsbake.cjs"),
    buildx,
    dockerHost,
    busybox,
    folder,
    quick: process.argv.includes("--quick"),
  };
  process.env.BUILDX_CONFIG = join(folder, "buildx");
  process.env.DOCKER_CONFIG = join(folder, "docker");
  benchPlanning(settings);
  if (process.getuid?.() === 0) await benchRunning(settings);
  benchEmbedded(settings);
  if (dockerHost && buildx) benchBuilding(settings);
  else process.stdout.write("\nno engine here: the build benchmarks are left out\n");
} finally {
  rmSync(folder, { recursive: true, force: true });
  if (started) spawnSync(process.execPath, [engineCommand, "stop"], { stdio: ["ignore", 2, 2] });
}

function engineEnvironment() {
  const { stdout } = spawnSync(process.execPath, [engineCommand, "env"], { encoding: "utf8" });
  return Object.fromEntries(
    [...stdout.matchAll(/export (\w+)='?([^'\n]*)'?/g)].map(([, name, value]) => [name, value]),
  );
}
