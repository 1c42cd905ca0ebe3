// Makes a fresh clone ready: installs the dependencies and builds dist/, each only when something it depends on changed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Throws when a step fails; what it says has been shown by then. */
export function prepare() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 12))
    throw new Error(`Node 20.12 or newer is needed, this is ${process.version}`);
  installDependencies();
  buildOnce();
}

function installDependencies() {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const mark = join(root, "node_modules/.installed-lock");
  if (existsSync(mark) && readFileSync(mark, "utf8") === lock) return;
  // Not `npm ci`: it refuses a lock file that lacks the binaries some tools have for other platforms than the one it was made on.
  runStep("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"]);
  writeFileSync(mark, lock);
}

function buildOnce() {
  const entry = join(root, "dist/cli/tsbake.cjs");
  const inputs = ["src", "package.json", "package-lock.json", ".ci/build.mjs"].map((name) => newest(join(root, name)));
  if (existsSync(entry) && statSync(entry).mtimeMs > Math.max(...inputs)) return;
  runStep(process.execPath, [join(root, ".ci/build.mjs"), "--fast"]);
}

function newest(path) {
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return Math.max(mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function runStep(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with status ${status}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) prepare();
