// Bundles the CLI and the library entry into dist/: one small entry, one lazily loaded chunk a command, and the type declarations.
// `node .ci/build.mjs --fast` leaves the declarations out (what the tests need), `--readable` leaves the code as long as it is (for profiles).
// TSBAKE_DIST names another folder than dist/.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const dist = resolve(root, process.env.TSBAKE_DIST || "dist");
/**
 * A file takes a third of a millisecond to load, whatever its size: what every command shares is one file, and what every command that plans
 * needs beside it is another (the modules named, with all they import).
 */
const programGroups = [
  {
    name: "base",
    test: /src\/(?:base\/|oci\/platform\.ts|cli\/(?:flag|exit-code|style)\.ts|api\/surroundings\.ts|buildfile\/attributes\/(?:size|ulimit|platform)\.ts)/,
    priority: 2,
  },
  { name: "planning", test: /src\/(?:cli\/(?:commands\/print|parse-flags)|buildfile\/hcl\/parse)\.ts/, priority: 1 },
];
/** A text with one character beyond Latin-1 takes two bytes for all of them: read, put together and kept as long as the program runs. */
const inAscii = {
  name: "in-ascii",
  generateBundle(_, files) {
    for (const file of Object.values(files)) {
      if (file.type === "chunk") file.code = file.code.replace(/[^\0-\x7f]/g, escaped);
    }
  },
};

const staging = join(dirname(dist), `.${basename(dist)}-${process.pid}`);

try {
  await bundle();
  if (!process.argv.includes("--fast")) declarations();
  publish();
} finally {
  rmSync(staging, { recursive: true, force: true });
}

/** The program is CommonJS: Node loads it 30 ms faster than the same chunks as modules (docs/adr/005-start-up.md). The library is a module. */
async function bundle() {
  await write(
    { "cli/tsbake": join(root, "src/cli/tsbake.ts") },
    { format: "cjs", chunkFileNames: "cli/[name]-[hash].cjs" },
  );
  await write(
    { "cli/program": join(root, "src/cli/program.ts") },
    { format: "cjs", chunkFileNames: "cli/chunks/[name]-[hash].cjs", codeSplitting: { groups: programGroups } },
  );
  await write({ index: join(root, "src/index.ts") }, { format: "esm", chunkFileNames: "chunks/[name]-[hash].js" });
  chmodSync(join(staging, "cli/tsbake.cjs"), 0o755);
}

/** Means the same in strings, templates and regular expressions, which is where such characters are once comments are gone. */
function escaped(character) {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

async function write(input, output) {
  const build = await rolldown({
    input,
    platform: "node",
    external: [/^node:/],
    transform: { define: { __TSBAKE_VERSION__: JSON.stringify(version) }, target: "node20" },
    // @iarna/toml hides a require behind an eval, and yargs would resolve packages it extends: neither happens here.
    checks: { eval: false, emptyImportMeta: false },
    treeshake: { moduleSideEffects: [{ external: true, sideEffects: false }] },
  });
  const extension = output.format === "cjs" ? "cjs" : "js";
  await build.write({
    ...output,
    dir: staging,
    minify: !process.argv.includes("--readable"),
    entryFileNames: `[name].${extension}`,
    plugins: [inAscii],
  });
  await build.close();
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
  const old = `${staging}-old`;
  mkdirSync(dist, { recursive: true });
  renameSync(dist, old);
  renameSync(staging, dist);
  rmSync(old, { recursive: true, force: true });
}
