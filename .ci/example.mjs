// README's first command: builds the release of bake.example.hcl from a fresh clone, on the Docker engine that answers, else on the embedded
// engine. Nothing but Node is needed.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { prepare } from "./prepare.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

prepare();
const build = [join(root, "dist/cli/tsbake.cjs"), "build", "-f", "bake.example.hcl", "release"];
process.exitCode = spawnSync(process.execPath, build, { cwd: root, stdio: ["ignore", 1, 2] }).status ?? 1;
