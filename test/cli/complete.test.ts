import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tsbake } from "../e2e/program.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tsbake-complete-"));
  await writeFile(
    join(folder, "docker-bake.hcl"),
    'group "release" { targets = ["api"] }\ntarget "api" {}\ntarget "_base" {}\n',
  );
  await writeFile(join(folder, "other.hcl"), 'target "other" {}\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test.each([
  [["bui"], ["build"]],
  [["build", "re"], ["release"]],
  [
    ["build", ""],
    ["api", "release"],
  ],
  [["build", "-f", "other.hcl", ""], ["other"]],
  [["build", "--progress", "pl"], ["plain"]],
  [["build", "--on-f"], ["--on-failure"]],
  [["nonsense", ""], []],
])("tsbake %j offers %j", async (words, wanted) => {
  const { stdout, code } = await tsbake(["--get-yargs-completions", "tsbake", ...words], { cwd: folder });
  expect({ code, offered: stdout.split("\n").filter(Boolean) }).toEqual({ code: 0, offered: wanted });
});

test("a broken build file makes completion silent, not loud", async () => {
  await writeFile(join(folder, "docker-bake.hcl"), "target {{{");
  const { stdout, stderr, code } = await tsbake(["--get-yargs-completions", "tsbake", "build", ""], { cwd: folder });
  expect({ stdout, stderr, code }).toEqual({ stdout: "", stderr: "", code: 0 });
});

test.each([
  ["/bin/bash", "complete -o bashdefault"],
  ["/bin/zsh", "compdef _tsbake"],
])("the script for %s calls us back", async (shell, registers) => {
  const { stdout } = await tsbake(["completion"], { cwd: folder, env: { SHELL: shell } });
  expect(stdout).toContain("--get-yargs-completions");
  expect(stdout).toContain(registers);
});
