import { describe, expect, it } from "vitest";
import type { Source } from "../../../src/base/span.ts";
import { parseHcl } from "../../../src/buildfile/hcl/parse.ts";
import type { SyntaxFile } from "../../../src/buildfile/hcl/syntax.ts";
import { includesOf } from "../../../src/buildfile/include/include-list.ts";
import { includeErrorHelp, includeWarningHelp } from "../../../src/buildfile/include/problems.ts";
import { parseJson } from "../../../src/buildfile/json/parse.ts";
import { parseToml } from "../../../src/buildfile/toml/parse.ts";

function hcl(text: string, name = "bake.hcl"): SyntaxFile {
  const source: Source = { name, text };
  return { source, format: "hcl", body: parseHcl(source).value };
}

function found(file: SyntaxFile, together: readonly SyntaxFile[] = []): readonly string[] {
  const { value, diagnostics } = includesOf(file, together);
  return [...value.map(({ text }) => text), ...diagnostics.map(({ code, message }) => `${code}: ${message}`)];
}

describe("the includes of a build file", () => {
  it("are texts in a list, in every format", () => {
    expect(found(hcl('include = ["a.hcl", "b/*.hcl"]'))).toEqual(["a.hcl", "b/*.hcl"]);
    const json: Source = { name: "bake.json", text: '{"include": ["a.hcl"]}' };
    expect(found({ source: json, format: "json", body: parseJson(json).value })).toEqual(["a.hcl"]);
    const toml: Source = { name: "bake.toml", text: 'include = ["a.hcl"]\n[target.x]\n' };
    expect(found({ source: toml, format: "toml", body: parseToml(toml).value })).toEqual(["a.hcl"]);
  });

  it("have their places", () => {
    const [pattern] = includesOf(hcl('include = ["a.hcl"]'), []).value;
    expect(pattern?.span.source.text.slice(pattern.span.start, pattern.span.end)).toBe('"a.hcl"');
  });

  it.each([
    ['include = "a.hcl"', "it is no list of texts"],
    ["include = { a = 1 }", "it is no list of texts"],
    ["include = [1]", "this is no plain text"],
    ["include = [upper(x)]", "this is no plain text"],
    ['include = ["${x}.hcl"]', "paths cannot contain ${…} or %{…}"],
    ['include = ["a.hcl", " "]', "this path is empty"],
  ])("%s includes nothing, with a warning", (text, why) => {
    const message = `this include is a constant and includes nothing: ${why}`;
    expect(found(hcl(text))).toEqual([`buildfile/include-ignored: ${message}`]);
  });

  it.each([
    'target "x" { args = { A = include[0] } }',
    'function "f" {\n params = []\n result = include\n}',
    'variable "include" {}',
    'variable "x" {\n validation {\n  condition = length(include) > 0\n }\n}',
    "other = [for i in include : i]",
  ])("are none when the name is used as a value: %s", (use) => {
    const whole = hcl(`include = ["a"]\n${use}`);
    const message = "this include is a constant and includes nothing: bake.hcl uses its name as a value";
    expect(found(whole)).toEqual([`buildfile/include-ignored: ${message}`]);
    const user = hcl(use, "other.hcl");
    expect(found(hcl('include = ["a"]'), [user])[0]).toContain("other.hcl uses its name");
  });

  it("are not disturbed by loops and parameters of the name", () => {
    expect(found(hcl('include = ["a"]\nx = [for include in ["b"] : include]'))).toEqual(["a"]);
  });
});

it("every problem of includes has a line of help", () => {
  for (const help of Object.values({ ...includeErrorHelp, ...includeWarningHelp })) expect(help).toMatch(/^[A-Z].*\.$/);
});
