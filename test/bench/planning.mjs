// Start-up and planning: `tsbake print` against `docker buildx bake --print` and against Node's own start.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { measureCommands, milliseconds, printTable, ratio, times } from "./measure.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const generator = join(root, "test/conformance/gen-big.mjs");

export function benchPlanning({ program, buildx, folder, quick }) {
  const node = { name: "node -e 0", file: process.execPath, args: ["-e", "0"] };
  // buildx opens the destinations of outputs even when it only prints.
  mkdirSync(join(folder, "out"));
  copyFileSync(join(root, "bake.example.hcl"), join(folder, "bake.example.hcl"));
  const small = printCommands({ program, buildx, folder, file: "bake.example.hcl", targets: ["release"] });
  const [floor, ours, peer] = measureCommands([node, ...small], quick ? 9 : 25);
  printTable("start-up: print of bake.example.hcl", [
    ["node -e 0", milliseconds(floor)],
    ["tsbake print", milliseconds(ours), `${times(ratio(ours, floor))} of node`],
    ...(peer ? [["buildx bake --print", milliseconds(peer), `tsbake takes ${times(ratio(ours, peer))} of it`]] : []),
  ]);
  const rows = (quick ? [10, 100, 1000] : [10, 100, 1000, 3000]).map((count) => {
    const file = join(folder, `targets-${count}.hcl`);
    writeFileSync(
      file,
      spawnSync(process.execPath, [generator, "targets", String(count)], { maxBuffer: 1 << 28 }).stdout,
    );
    const [bare, mine, other] = measureCommands(
      [node, ...printCommands({ program, buildx, folder, file, targets: [] })],
      count > 500 ? 3 : 7,
    );
    const planning = mine.medianMs - bare.medianMs;
    return [
      `${count} targets`,
      milliseconds(mine),
      `${((planning / count) * 1000).toFixed(0).padStart(6)} µs a target beyond node`,
      ...(other ? [`buildx ${milliseconds(other)}`, `tsbake takes ${times(ratio(mine, other))} of it`] : []),
    ];
  });
  printTable("planning: print of generated targets", rows);
}

function printCommands({ program, buildx, folder, file, targets }) {
  const args = ["-f", file, ...targets];
  const ours = { name: "tsbake print", file: process.execPath, args: [program, "print", ...args], cwd: folder };
  if (!buildx) return [ours];
  return [ours, { name: "buildx bake --print", file: buildx, args: ["bake", "--print", ...args], cwd: folder }];
}
