import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createTempFolder } from "../../engine/temp-folder.ts";
import { type Ran, runCommand } from "../run-command.ts";

async function converted(files: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<Ran> {
  await using folder = await createTempFolder();
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text);
  return await runCommand(["convert", ...words], { folder: folder.path });
}

test("the build file of the folder is printed in another format", async () => {
  expect(await converted({ "docker-bake.hcl": 'target "a" {\n  pull = true\n}\n' }, "--to", "toml")).toEqual({
    code: 0,
    stdout: "[target.a]\npull = true\n",
    stderr: "",
  });
});

test.each([
  ["bake.json", '{"target": {"a": {"tags": ["${x}"]}}}', "hcl", 'target "a" {\n  tags = ["${x}"]\n}\n'],
  ["bake.toml", "x = 1", "json", '{\n  "x": 1\n}\n'],
  ["bake.hcl", "x=1", "hcl", "x = 1\n"],
  ["build", "[a]\nb = 1\n", "json", '{\n  "a": { "b": 1 }\n}\n'],
])("%s is recognised", async (name, text, to, expected) => {
  expect(await converted({ [name]: text }, "--to", to, name)).toEqual({ code: 0, stdout: expected, stderr: "" });
});

test("a compose file is written with its values, and a note says so", async () => {
  const compose = "services:\n  app:\n    build:\n      context: ./app\n      args: { V: '${NOT_SET:-a$$b}' }\n";
  const ran = await converted({ "compose.yaml": compose }, "--to", "toml");
  expect(ran.code).toBe(0);
  expect(ran.stderr).toContain("its variables are replaced by their values");
  expect(ran.stdout).toBe(
    '[group.default]\ntargets = ["app"]\n\n[target.app]\ncontext = "app"\nargs = { V = "a$b" }\n',
  );
});

test.each<readonly [string, Readonly<Record<string, string>>, readonly string[], string]>([
  ["no format", { "bake.hcl": "" }, [], "write --to hcl, json or toml"],
  ["no file", {}, ["--to", "hcl"], "there is no build file to convert here"],
  ["several files", { "bake.hcl": "a = 1", "bake.json": "{}" }, ["--to", "hcl"], "one file is converted at a time"],
  ["a missing file", {}, ["--to", "hcl", "x.json"], "x.json does not exist"],
  ["a broken file", { "bake.json": "{" }, ["--to", "hcl"], "bake.json:1:1: error:"],
  ["an attribute that would be blocks", { "bake.hcl": "target = 1\n" }, ["--to", "json"], "an attribute named target"],
])("%s is told with code 2 and nothing on stdout", async (_, files, words, message) => {
  const ran = await converted(files, ...words);
  expect([ran.code, ran.stdout]).toEqual([2, ""]);
  expect(ran.stderr).toContain(message);
});
