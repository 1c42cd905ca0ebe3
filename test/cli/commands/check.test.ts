import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { type Ran, runCommand } from "../run-command.ts";

const scratch = mkdtempSync(join(tmpdir(), "tsbake-check-"));
afterAll(() => rmSync(scratch, { recursive: true }));

function check(
  files: Readonly<Record<string, string>>,
  words: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const folder = mkdtempSync(join(scratch, "case-"));
  for (const [name, text] of Object.entries({ Dockerfile: "FROM scratch\n", ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return runCommand(["check", ...words], { folder, environment });
}

const clean = 'target "default" {}\n';
const unused = `variable "V" {}\n${clean}`;
const listed = 'group "default" {\n  targets = ["a"]\n}\ntarget "a" {}\ntarget "b" {}\n';

describe("the exit code", () => {
  test.each([
    ["is 0 when nothing is found", clean, [], 0, "nothing found\n"],
    ["is 0 for notes", listed, [], 0, "1 note\n"],
    ["is 1 for warnings", unused, [], 1, "1 warning\n"],
    ["is 1 for warnings of loading", 'target "default" {\n  tgas = []\n}\n', [], 1, "1 warning\n"],
    ["is 2 for errors of syntax", "a = 1;\n", [], 2, "1 error\n"],
    ["is 2 for errors of values", `a = nobody\n${unused}`, [], 2, "1 error\n"],
    ["is 2 for errors of the plan", `${clean}group "g" {\n  targets = ["x"]\n}\n`, [], 2, "1 error"],
    ["is 0 for what is ignored", unused, ["--ignore", "lint/unused-variable"], 0, "nothing found\n"],
  ] as const)("%s", async (_, text, words, code, summary) => {
    const ran = await check({ "docker-bake.hcl": text }, words);
    expect(ran.stderr).toContain(summary);
    expect(ran.code).toBe(code);
  });
});

test("findings are the result, on standard output", async () => {
  const { stdout } = await check({ "docker-bake.hcl": unused });
  expect(stdout).toBe(
    [
      'docker-bake.hcl:1:10: warning: nothing uses the variable "V" [lint/unused-variable]',
      '  1 | variable "V" {}',
      "    |          ^^^",
      "  help: remove it, or use it as ${V}",
      "",
    ].join("\n"),
  );
});

test("programs get JSON or SARIF, an empty one too", async () => {
  const json = await check({ "docker-bake.hcl": unused }, ["--format", "json"]);
  expect(JSON.parse(json.stdout)).toMatchObject([{ code: "lint/unused-variable", place: { line: 1, column: 10 } }]);
  const sarif = await check({ "docker-bake.hcl": clean }, ["--format=sarif"]);
  expect(JSON.parse(sarif.stdout)).toMatchObject({ version: "2.1.0", runs: [{ results: [] }] });
});

test("names narrow the plan, and unknown ones are errors", async () => {
  const files = { "docker-bake.hcl": `${clean}target "b" {\n  context = "nowhere"\n}\n` };
  expect((await check(files, ["default"])).code).toBe(0);
  expect((await check(files, ["b"])).stdout).toContain("plan/context-not-found");
  expect((await check(files, ["c"])).code).toBe(2);
});

test("variables come from flags and the environment, as in a build", async () => {
  const text = 'variable "DIR" {\n  default = "nowhere"\n}\ntarget "default" {\n  context = DIR\n}\n';
  expect((await check({ "docker-bake.hcl": text })).code).toBe(1);
  expect((await check({ "docker-bake.hcl": text }, ["--var", "DIR=."])).code).toBe(0);
  expect((await check({ "docker-bake.hcl": text }, [], { DIR: "." })).code).toBe(0);
});

test("--portable tells files that were looked for from those that were named", async () => {
  const files = { "bake.hcl": clean };
  expect((await check(files, ["--portable"])).stdout).toContain("lint/not-portable");
  expect((await check(files, ["--portable", "-f", "bake.hcl"])).code).toBe(0);
  expect((await check(files)).code).toBe(0);
});

test("variables that compose files read are used", async () => {
  const compose = 'services:\n  app:\n    build:\n      context: .\n      args:\n        TAG: "${TAG:-dev}"\n';
  const ran = await check({ "compose.yaml": compose, "docker-bake.hcl": 'variable "TAG" {}\n' });
  expect(ran.stdout).not.toContain("lint/unused-variable");
});

test("a folder with a Dockerfile and nothing else is fine", async () => {
  expect(await check({ Dockerfile: "FROM scratch\n" })).toEqual({ code: 0, stdout: "", stderr: "nothing found\n" });
});

test.each([
  ["unused-variable", 'did you mean "lint/unused-variable"?'],
  ["foo/bar", "a code looks like lint/unused-variable"],
  ["plan/context-not-fuond", 'did you mean "plan/context-not-found"?'],
  ["lint/unused-varaible", 'did you mean "lint/unused-variable"?'],
])("--ignore %s is refused", async (code, said) => {
  const ran = await check({ "docker-bake.hcl": clean }, ["--ignore", code]);
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain(said);
});

const examples = fileURLToPath(new URL("../../../examples", import.meta.url));
const folders = readdirSync(examples, { withFileTypes: true }).filter((entry) => entry.isDirectory());

test.each(folders.map(({ name }) => name))("the example %s has nothing to be found", async (name) => {
  expect(await runCommand(["check"], { folder: join(examples, name) })).toMatchObject({ code: 0, stdout: "" });
});

test("a Dockerfile that is missing is a warning at its place, which can be ignored", async () => {
  const files = { "docker-bake.hcl": 'target "default" {\n  dockerfile = "app.Dockerfile"\n}\n' };
  const ran = await check(files);
  expect(ran.stdout).toContain("docker-bake.hcl:2:16: warning: the Dockerfile");
  expect(ran.stdout).toContain("[plan/dockerfile-not-found]");
  expect(ran.code).toBe(1);
  expect((await check(files, ["--ignore", "plan/dockerfile-not-found"])).code).toBe(0);
});

test("targets that inherit from each other are found though nothing builds them", async () => {
  const text = `${clean}target "a" {\n  inherits = ["b"]\n}\ntarget "b" {\n  inherits = ["a", "c"]\n}\ntarget "c" {\n  context = "nowhere"\n}\n`;
  const { stdout, code } = await check({ "docker-bake.hcl": text });
  expect(stdout).toContain('targets inherit from each other: "a" → "b" → "a"');
  expect(code).toBe(1);
});

test("build files of a repository are looked for there, and names stay names", async () => {
  const ran = check({}, ["--builder", "nosuch://here", "https://example.invalid/app.git", "release"]);
  await expect(ran).rejects.toMatchObject({ code: expect.stringMatching(/^drivers\//) });
});
