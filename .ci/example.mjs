// README's first command: builds the release of bake.example.hcl from a fresh clone. Uses the Docker engine that answers; where none does
// and the tests could start one (root on Debian), starts that one and stops it again.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { prepare } from "./prepare.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const engineCommand = join(root, "test/engine/run.mjs");

prepare();
const noEngine = 3;
let status = build();
if (status === noEngine && process.platform === "linux" && process.getuid?.() === 0) {
  process.stderr.write("no Docker engine answers; starting one for this example\n");
  if (run(engineCommand, ["start"]) === 0) {
    try {
      status = build(engineAddress());
    } finally {
      run(engineCommand, ["stop"]);
    }
  }
}
process.exitCode = status;

function build(dockerHost) {
  return run(join(root, "dist/cli/tsbake.cjs"), ["build", "-f", "bake.example.hcl", "release"], dockerHost);
}

function engineAddress() {
  const { stdout } = spawnSync(process.execPath, [engineCommand, "env"], { cwd: root, encoding: "utf8" });
  return /DOCKER_HOST=['"]?([^'"\s]+)/.exec(stdout)?.[1];
}

function run(file, args, dockerHost) {
  const env = dockerHost === undefined ? process.env : { ...process.env, DOCKER_HOST: dockerHost };
  return spawnSync(process.execPath, [file, ...args], { cwd: root, stdio: ["ignore", 1, 2], env }).status ?? 1;
}
