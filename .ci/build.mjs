// Bundles the CLI and the library entry into dist/: one small entry, one lazily loaded chunk a command, and the type declarations.
// `node .ci/build.mjs --fast` leaves the declarations out (what the tests need).
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const staging = join(root, `.dist-${process.pid}`);

try {
  await bundle();
  if (!process.argv.includes("--fast")) declarations();
  publish();
} finally {
  rmSync(staging, { recursive: true, force: true });
}

async function bundle() {
  const build = await rolldown({
    input: { "cli/tsbake": join(root, "src/cli/tsbake.ts"), index: join(root, "src/index.ts") },
    platform: "node",
    external: [/^node:/],
    transform: { define: { __TSBAKE_VERSION__: JSON.stringify(version) }, target: "node20" },
    treeshake: { moduleSideEffects: [{ external: true, sideEffects: false }] },
  });
  await build.write({
    dir: staging,
    format: "esm",
    minify: { mangle: false, compress: true, codegen: true },
    sourcemap: false,
    chunkFileNames: "chunks/[name]-[hash].js",
  });
  await build.close();
  chmodSync(join(staging, "cli/tsbake.js"), 0o755);
}

function declarations() {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const run = spawnSync(
    process.execPath,
    [tsc, "-p", join(root, ".ci/tsconfig.build.json"), "--outDir", join(staging, "types")],
    { stdio: "inherit" },
  );
  if (run.status !== 0) throw new Error(`tsc ended with status ${run.status}`);
}

/** A build that fails half-way leaves the dist of before. */
function publish() {
  const dist = join(root, "dist");
  const old = `${staging}-old`;
  mkdirSync(dist, { recursive: true });
  renameSync(dist, old);
  renameSync(staging, dist);
  rmSync(old, { recursive: true, force: true });
}
