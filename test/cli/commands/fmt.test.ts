import { spawnSync } from "node:child_process";
import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createTempFolder } from "../../engine/temp-folder.ts";
import { type Ran, runCommand } from "../run-command.ts";

/** Built by .ci/prepare.mjs. */
const program = fileURLToPath(new URL("../../../dist/cli/tsbake.cjs", import.meta.url));

const untidy = 'target "a" {\ntags=["x"]\n}\n';
const tidy = 'target "a" {\n  tags = ["x"]\n}\n';

interface Setting {
  readonly path: string;
  readonly run: (...words: readonly string[]) => Promise<Ran>;
  readonly read: (name: string) => Promise<string>;
  readonly [Symbol.asyncDispose]: () => PromiseLike<void>;
}

async function folderWith(files: Readonly<Record<string, string>>): Promise<Setting> {
  const folder = await createTempFolder();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder.path, name, ".."), { recursive: true });
    await writeFile(join(folder.path, name), text);
  }
  return {
    path: folder.path,
    run: (...words) => runCommand(["fmt", ...words], { folder: folder.path }),
    read: (name) => readFile(join(folder.path, name), "utf8"),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

test("the build files of the folder are formatted and named, others are left alone", async () => {
  const files = {
    "docker-bake.hcl": untidy,
    "bake.json": '{"target":{"a":{}}}',
    "x.hcl": untidy,
    "docker-bake.override.hcl": tidy,
    "bake.toml": "a=1\n",
  };
  await using folder = await folderWith(files);
  expect(await folder.run()).toEqual({ code: 0, stdout: "docker-bake.hcl\nbake.json\n", stderr: "" });
  expect(await folder.read("docker-bake.hcl")).toBe(tidy);
  expect(await folder.read("bake.json")).toBe('{ "target": { "a": {} } }\n');
  expect(await folder.read("x.hcl")).toBe(untidy);
  expect(await folder.read("bake.toml")).toBe("a=1\n");
  expect(await folder.run("--check")).toEqual({ code: 0, stdout: "", stderr: "" });
  expect((await readdir(folder.path)).sort()).toEqual(Object.keys(files).sort());
});

test("--check names the files that would change and changes none", async () => {
  await using folder = await folderWith({ "docker-bake.hcl": untidy, "sub/bake.hcl": untidy });
  expect(await folder.run("--check", "docker-bake.hcl", "sub")).toEqual({
    code: 1,
    stdout: "docker-bake.hcl\nsub/bake.hcl\n",
    stderr: "",
  });
  expect(await folder.read("docker-bake.hcl")).toBe(untidy);
});

test("--diff shows what changes", async () => {
  await using folder = await folderWith({ "docker-bake.hcl": untidy });
  const diff = [
    "--- docker-bake.hcl",
    "+++ docker-bake.hcl (formatted)",
    "@@ -1,3 +1,3 @@",
    ' target "a" {',
    '-tags=["x"]',
    '+  tags = ["x"]',
    " }",
    "",
  ].join("\n");
  expect(await folder.run("--check", "--diff")).toEqual({ code: 1, stdout: diff, stderr: "" });
  expect(await folder.read("docker-bake.hcl")).toBe(untidy);
  expect(await folder.run("--diff")).toEqual({ code: 0, stdout: diff, stderr: "" });
  expect(await folder.read("docker-bake.hcl")).toBe(tidy);
});

test("a file with errors is left as it is, and the others are still formatted", async () => {
  await using folder = await folderWith({ "a.hcl": "x = [\n", "b.hcl": untidy });
  const ran = await folder.run("a.hcl", "b.hcl", "missing.hcl");
  expect([ran.code, ran.stdout]).toEqual([2, "b.hcl\n"]);
  expect(ran.stderr).toContain("a.hcl:1:5: error:");
  expect(ran.stderr).toContain("missing.hcl does not exist");
  expect(await folder.read("a.hcl")).toBe("x = [\n");
});

test("a link stays a link, and a file keeps its mode", async () => {
  await using folder = await folderWith({ "real.hcl": untidy });
  await chmod(join(folder.path, "real.hcl"), 0o666);
  await symlink("real.hcl", join(folder.path, "docker-bake.hcl"));
  expect((await folder.run()).stdout).toBe("docker-bake.hcl\n");
  expect((await lstat(join(folder.path, "docker-bake.hcl"))).isSymbolicLink()).toBe(true);
  expect((await stat(join(folder.path, "real.hcl"))).mode & 0o777).toBe(0o666);
  expect(await folder.read("real.hcl")).toBe(tidy);
});

test("TOML and compose files that are named are left as they are, with a note", async () => {
  await using folder = await folderWith({ "bake.toml": "a=1\n", "compose.yaml": "services: {}\n" });
  const ran = await folder.run("bake.toml", "compose.yaml");
  expect([ran.code, ran.stdout]).toEqual([0, ""]);
  expect(ran.stderr).toContain("bake.toml is TOML, which is left as it is");
  expect(ran.stderr).toContain("compose.yaml is a compose file");
});

test("a folder without build files is told", async () => {
  await using folder = await folderWith({});
  expect((await folder.run()).stderr).toContain("there is no build file to format here");
});

test.each([
  ["HCL", untidy, 0, tidy],
  ["JSON", '{"a":1}', 0, '{ "a": 1 }\n'],
  ["HCL with errors", "x = [\n", 2, ""],
])("- formats %s from standard input to standard output", (_, input, code, stdout) => {
  const ran = spawnSync(process.execPath, [program, "fmt", "-"], { input, encoding: "utf8" });
  expect([ran.status, ran.stdout]).toEqual([code, stdout]);
});
