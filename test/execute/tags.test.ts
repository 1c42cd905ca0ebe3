/** Several processes give tags in one layout: each is kept. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleProgram } from "../embedded/run/bundle.ts";

let folder: string;
let program: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tsbake-tags-"));
  program = await bundleProgram(fileURLToPath(new URL("tag-program.ts", import.meta.url)), folder);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const processes = [0, 1, 2, 3, 4, 5, 6, 7];
const rounds = 12;

function start(layout: string, way: string, name: string, count = rounds) {
  return spawn(process.execPath, [program, layout, way, name, `${count}`], { stdio: ["ignore", "inherit", "inherit"] });
}

function tagsOf(layout: string): readonly string[] {
  const index: { manifests: readonly { annotations: Record<string, string> }[] } = JSON.parse(
    readFileSync(join(layout, "index.json"), "utf8"),
  );
  return index.manifests.map(({ annotations }) => annotations["org.opencontainers.image.ref.name"] ?? "").sort();
}

test.each(["buildkit", "embedded", "export"])(
  "eight processes keep each other's tags: %s",
  { timeout: 120_000 },
  async (way) => {
    const layout = join(folder, way);
    const running = processes.map((name) => start(layout, way, `${name}`));
    expect(await Promise.all(running.map((child) => once(child, "close")))).toEqual(processes.map(() => [0, null]));
    const expected = processes.flatMap((name) => Array.from({ length: rounds }, (_, n) => `${name}-${n}`));
    expect(tagsOf(layout)).toEqual(expected.sort());
    expect(readdirSync(layout).filter((name) => !["index.json", "oci-layout", "blobs"].includes(name))).toEqual([]);
  },
);

test("processes that are killed keep nobody from giving tags", { timeout: 120_000 }, async () => {
  const layout = join(folder, "killed");
  for (let round = 0; round < 6; round++) {
    const victims = [0, 1, 2, 3].map((n) => start(layout, "buildkit", `v${round}${n}`, 100_000));
    await setTimeout(250 + 40 * round);
    for (const child of victims) child.kill("SIGKILL");
    await Promise.all(victims.map((child) => child.exitCode ?? child.signalCode ?? once(child, "close")));
    expect(await once(start(layout, "buildkit", "last", 1), "close")).toEqual([0, null]);
    expect(tagsOf(layout)).toContain("last-0");
    expect(readdirSync(layout).filter((name) => name.includes("lock"))).toEqual([]);
    rmSync(join(layout, "index.json"));
  }
});
