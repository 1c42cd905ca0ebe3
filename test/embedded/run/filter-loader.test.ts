import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findFilterLoaders } from "../../../src/engine/run/runtime/filter-loader.ts";
import { reasonToSkip } from "./workbench.ts";

const reason = reasonToSkip();
if (reason !== undefined) console.warn(`loaders of seccomp filters are not tested: ${reason}`);
const loaders = reason === undefined ? findFilterLoaders(process.env.PATH ?? "") : [];
if (reason === undefined && loaders.length === 0)
  console.warn("loaders of seccomp filters are not tested: no perl, no python3");

describe.each(loaders.map((loader) => [basename(loader.program), loader] as const))("%s", (_, loader) => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "tsbake-filter-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("runs a command under the filter, and lets it gain privileges", () => {
    const file = join(folder, "filter");
    writeFileSync(file, loader.filter());
    const script = "grep -E '^(NoNewPrivs|Seccomp)' /proc/self/status; unshare --user true 2>&1; echo \"$1 $?\"";
    const [program = "", ...words] = [...loader.words(file), "/bin/sh", "-c", script, "sh", "it's\n"];
    const output = execFileSync(program, words, { encoding: "utf8", env: { LC_ALL: "C" } });
    expect(output).toMatch(
      /^NoNewPrivs:\t0\nSeccomp:\t2\nSeccomp_filters:\t1\nunshare: .*Operation not permitted\nit's\n 1\n$/,
    );
  });

  test.each([
    ["is not one", Buffer.from("12345678")],
    ["is empty", Buffer.from("")],
  ])("runs nothing when the filter %s", (name, filter) => {
    const file = join(folder, name);
    writeFileSync(file, filter);
    const [program = "", ...words] = [...loader.words(file), "/bin/echo", "ran"];
    const { status, stdout, stderr } = spawnSync(program, words, { encoding: "utf8", env: { LC_ALL: "C" } });
    expect([status === 0, stdout, stderr]).toEqual([false, "", "seccomp: Invalid argument\n"]);
  });
});
