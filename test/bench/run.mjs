// What a RUN costs besides its command, layer and all: 20 steps of `true` against 20 bare `unshare true`.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { measureCommands, printTable, times } from "./measure.mjs";

const steps = 20;

/** Prints a table. Needs root and busybox, as the tests of commands do. */
export async function benchRunning({ folder, quick }) {
  const place = join(folder, "running");
  mkdirSync(place, { recursive: true });
  const program = await bundle(join(place, "program"));
  const commands = (count) => Array.from({ length: count }, () => "true");
  const rounds = quick ? 3 : 9;
  const namespaces = ["--mount", "--pid", "--fork", "--ipc", "--uts", "--propagation", "private", "true"];
  const [bare, one, many] = measureCommands(
    [
      {
        name: `${steps} × unshare true`,
        file: "sh",
        args: ["-c", `for i in $(seq ${steps}); do unshare ${namespaces.join(" ")}; done`],
      },
      { name: "1 RUN true", file: process.execPath, args: [program, ...commands(1)] },
      { name: `${steps + 1} RUN true`, file: process.execPath, args: [program, ...commands(steps + 1)] },
    ],
    rounds,
  );
  const floorMs = bare.fastestMs / steps;
  const runMs = (many.fastestMs - one.fastestMs) / steps;
  printTable(`what a RUN costs besides its command (fastest of ${rounds})`, [
    ["unshare true", `${floorMs.toFixed(1)} ms`],
    ["RUN true, with its layer", `${runMs.toFixed(1)} ms`, `${times(runMs / floorMs)} of it`],
  ]);
}

async function bundle(folder) {
  const input = fileURLToPath(new URL("../embedded/run/program.ts", import.meta.url));
  const build = await rolldown({ input, platform: "node", external: ["zstd-napi"], logLevel: "silent" });
  await build.write({ dir: folder, format: "esm", entryFileNames: "program.mjs", chunkFileNames: "[name]-[hash].mjs" });
  await build.close();
  return join(folder, "program.mjs");
}
