import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { check } from "../../../src/api/check.ts";
import { load } from "../../../src/api/load.ts";
import { plan, privilegesMissing } from "../../../src/api/plan.ts";
import { runCommand } from "../../cli/run-command.ts";
import { entries, help, renderDiagnosticsDoc } from "./catalogue.ts";
import type { Entry } from "./entry.ts";

const scratch = mkdtempSync(join(tmpdir(), "tsbake-catalogue-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const runnable = Object.entries(entries).filter(([, entry]) => entry.example !== undefined);

describe("an example yields its code and no other", () => {
  test.each(runnable)("%s", async (code, entry) => {
    expect([...new Set(await codesOf(code, entry))]).toEqual([code]);
  });
});

test("every code that the sources name has an entry, and every entry a meaning", () => {
  expect([...codesInSources()].filter((code) => !(code in entries)).sort()).toEqual([]);
  expect(Object.keys(help).filter((code) => !(code in entries))).toEqual([]);
  for (const [code, { meaning }] of Object.entries(entries)) expect(meaning ?? help[code], code).toMatch(/^\S.*\.$/s);
});

test("only codes that cannot be shown have no example", () => {
  const without = Object.entries(entries).filter(([, { example }]) => example === undefined);
  expect(without.map(([code]) => code).sort()).toEqual([
    "buildfile/include-in-remote",
    "buildfile/include-limit",
    "cli/file-not-written",
    "cli/no-working-folder",
    "cli/output-lost",
    "toml/syntax",
  ]);
});

test("docs/diagnostics.md says what the diagnostics are", async () => {
  await expect(renderDiagnosticsDoc()).toMatchFileSnapshot("../../../docs/diagnostics.md");
});

async function codesOf(code: string, { example = {}, circumstances = {} }: Entry): Promise<readonly string[]> {
  const workingFolder = mkdtempSync(join(scratch, "case-"));
  const files = typeof example === "string" ? { "docker-bake.hcl": example } : example;
  const room = code.split("/")[0];
  // Whatever is built has one; where nothing is built, a Dockerfile alone is a build file.
  const usual = room === "plan" || room === "lint" ? { Dockerfile: "FROM scratch\n" } : {};
  for (const [name, text] of Object.entries({ ...usual, ...files, ...circumstances.extra })) {
    mkdirSync(dirname(join(workingFolder, name)), { recursive: true });
    writeFileSync(join(workingFolder, name), text);
  }
  const { environment = {}, variables = {}, command } = circumstances;
  if (command) return codesTold((await runCommand(command, { folder: workingFolder, environment })).stderr);
  const options = { ...circumstances, workingFolder, environment, variables: new Map(Object.entries(variables)) };
  if (room === "lint") return (await check(options)).map((found) => found.code);
  const loaded = await load(options);
  if (room !== "plan") return loaded.diagnostics.map((found) => found.code);
  const planned = plan(loaded.value, options);
  const missing = privilegesMissing(planned.value, options).map(() => "plan/privileges-missing");
  return [...loaded.diagnostics, ...planned.diagnostics]
    .map((found) => found.code)
    .concat(code === "plan/privileges-missing" ? missing : []);
}

/** The codes in brackets. */
function codesTold(text: string): readonly string[] {
  return [...text.matchAll(/\[([a-z]+\/[a-z-]+)\]$/gm)].map(([, code = ""]) => code);
}

/** The rooms whose problems are diagnostics. */
function codesInSources(): ReadonlySet<string> {
  const folder = fileURLToPath(new URL("../../../src", import.meta.url));
  const rooms = new Set(Object.keys(entries).map((code) => code.split("/")[0]));
  const found = new Set<string>();
  for (const name of readdirSync(folder, { recursive: true }).map(String)) {
    if (!name.endsWith(".ts")) continue;
    const text = readFileSync(join(folder, name), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
    for (const [, code = "", room = ""] of text.matchAll(/["'`[](([a-z]+)\/[a-z]+(?:-[a-z]+)*)["'`\]]/g)) {
      if (rooms.has(room)) found.add(code);
    }
  }
  return found;
}
