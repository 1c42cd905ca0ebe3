import { describe, expect, it } from "vitest";
import { errorHelp, type ProblemCode, warningHelp } from "../../../src/buildfile/definition/problems.ts";
import { type Circumstances, evaluateFiles } from "./evaluate.ts";

/** A file in which each code is found. */
const examples: Readonly<Record<ProblemCode, string | readonly [text: string, circumstances: Circumstances]>> = {
  "buildfile/unknown-block": 'tragte "x" {}',
  "buildfile/label-count": "target {}",
  "buildfile/invalid-name": 'target "a b" {}',
  "buildfile/reserved-name": 'variable "target" {}',
  "buildfile/unknown-attribute": 'target "x" { tgas = [] }',
  "buildfile/unexpected-attribute": 'group "g" {\n name = "x"\n targets = []\n}',
  "buildfile/unexpected-block": 'target "x" {\n args {\n }\n}',
  "buildfile/not-constant": 'variable "V" { description = "${1}" }',
  "buildfile/cycle": "a = a",
  "buildfile/default-type": 'variable "V" {\n type = number\n default = "x"\n}',
  "buildfile/override-value": ['variable "V" { default = 1 }', { environment: { V: "x" } }],
  "buildfile/override-hidden": [
    'variable "V" {\n type = string\n}',
    { variables: { V: "a" }, environment: { V_JSON: '"b"' } },
  ],
  "buildfile/unused-override": ["", { variables: { V: "a" } }],
  "buildfile/validation-failed": 'variable "V" {\n validation {\n condition = false\n }\n}',
  "buildfile/validation-condition": 'variable "V" {\n validation {\n condition = []\n }\n}',
  "buildfile/function-incomplete": 'function "f" { params = [] }',
  "buildfile/function-parameter": 'function "f" {\n params = [1]\n result = 1\n}',
  "buildfile/function-name": 'function "f" {\n params = []\n result = nope\n}',
  "buildfile/function-depth": Array.from(
    { length: 20 },
    (_, i) =>
      `function "f${i}" {\n params = []\n result = ${"[".repeat(100)}${i > 0 ? `f${i - 1}()` : 1}${"]".repeat(100)}\n}`,
  ).join("\n"),
  "buildfile/reference-form": "a = target",
  "buildfile/reference-early": 'variable "V" { default = target.x.tags }',
  "buildfile/unknown-reference": "a = target.x.tags",
  "buildfile/matrix-shape": 'target "x" { matrix = 1 }',
  "buildfile/matrix-size": `target "x" {\n name = "x"\n matrix = { ${"abcdef"
    .split("")
    .map((axis) => `${axis} = [1, 2, 3, 4, 5, 6, 7]`)
    .join(", ")} }\n}`,
  "buildfile/matrix-name": 'target "x" { name = "y" }',
  "buildfile/group-targets": 'group "g" {}',
  "buildfile/hidden-group": 'group "m" { targets = [] }\ntarget "m" {\n name = "a"\n matrix = { v = [1] }\n}',
  "buildfile/attribute-type": 'target "x" { tags = 1 }',
  "buildfile/attribute-entry": 'target "x" { attest = ["a=b"] }',
};

describe("every problem of the definition level", () => {
  it.each(Object.entries(examples))("is found in its example: %s", (code, example) => {
    const [text, circumstances] = typeof example === "string" ? [example, {}] : example;
    const found = evaluateFiles(text, circumstances).diagnostics.find((diagnostic) => diagnostic.code === code);
    expect(found?.severity).toBe(code in warningHelp ? "warning" : "error");
    expect(found?.message).toMatch(/^[^A-Z].*[^.]$/);
    if (code !== "buildfile/unused-override") expect(found?.span).toBeDefined();
  });

  it("has a line of help", () => {
    for (const help of Object.values({ ...errorHelp, ...warningHelp })) expect(help).toMatch(/^[A-Z-].*\.$/);
  });
});
