import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { printExpression } from "../../../src/buildfile/hcl/print.ts";
import type { BuildFileFormat } from "../../../src/buildfile/hcl/syntax.ts";
import { convert } from "../../../src/language/convert/convert.ts";
import { parserOf } from "../../../src/language/recognise.ts";
import { hclInputs, jsonInputs } from "../../buildfile/conformance-inputs.ts";
import { arbitraryExpression } from "../../buildfile/hcl/arbitrary-syntax.ts";
import { meaningOf } from "../meaning.ts";

const formats: readonly BuildFileFormat[] = ["hcl", "json", "toml"];

function converted(text: string, from: BuildFileFormat, to: BuildFileFormat): string {
  const { value, diagnostics } = convert({ name: `docker-bake.${from}`, text }, { from, to });
  expect(diagnostics.filter(({ severity }) => severity !== "note")).toEqual([]);
  return value;
}

/** Blocks that mean nothing cannot be said in data formats: a warning about them goes with them. */
function isExpressible(text: string, from: BuildFileFormat): boolean {
  return formats.every((to) => {
    return convert({ name: "x", text }, { from, to }).diagnostics.every(({ code }) => !code.startsWith("convert/"));
  });
}

describe("a file means the same in every format", () => {
  const inputs = [
    ...hclInputs.map((input) => ({ ...input, from: "hcl" as const })),
    ...jsonInputs.map((input) => ({ ...input, from: "json" as const })),
  ].filter(({ name, text, from }) => parserOf(from)({ name, text }).diagnostics.length === 0);
  const expressible = inputs.filter(({ text, from }) => isExpressible(text, from));

  test("nearly every input can be converted", () => {
    expect(inputs.length).toBeGreaterThan(400);
    expect(inputs.length - expressible.length).toBeLessThan(15);
  });

  test.each(formats)("the conformance inputs as %s", (to) => {
    for (const { name, text, from } of expressible) {
      const result = converted(text, from, to);
      expect(meaningOf(result, to), `${name} as ${to}:\n${result}`).toEqual(meaningOf(text, from));
    }
  });

  test.each(formats)("and after a detour over %s in the native syntax", (over) => {
    for (const { name, text, from } of expressible) {
      const back = converted(converted(text, from, over), over, "hcl");
      expect(meaningOf(back, "hcl"), `${name} over ${over}:\n${back}`).toEqual(meaningOf(text, from));
    }
  });

  test("generated expressions", () => {
    fc.assert(
      fc.property(arbitraryExpression, fc.constantFrom<BuildFileFormat>("json", "toml"), (value, to) => {
        const text = `variable "x" {\n  default = ${printExpression(value)}\n}\n`;
        const result = converted(text, "hcl", to);
        expect(meaningOf(result, to), `${text}\nas ${to}:\n${result}`).toEqual(meaningOf(text, "hcl"));
      }),
      { numRuns: 2000 },
    );
  });
});

const sample = `# About the file.

# The version.
variable "TAG" { default = "dev" } # trailing

/*
 * Of a target,
 * in two lines.
 */
target "app" { // beside
  # before args
  args = {
    # inside args
    A = "x$\${y}"
    B = TAG == "dev" ? [1, null] : []
  }
  dockerfile-inline = <<-EOT
    FROM alpine
    RUN echo "hi\\n"
  EOT
  # at the end
}
# at the end of the file
`;

test("comments and values go where TOML has them", () => {
  expect(converted(sample, "hcl", "toml")).toBe(`# About the file.

# The version.
# trailing
[variable.TAG]
default = "dev"

# Of a target,
# in two lines.
# beside
[target.app]
dockerfile-inline = '''
FROM alpine
RUN echo "hi\\n"
'''

# before args
# inside args
[target.app.args]
A = "x$\${y}"
B = '\${TAG == "dev" ? [1, null] : []}'

# at the end

# at the end of the file
`);
});

test("comments and values go where JSON has a place for them", () => {
  expect(converted(sample, "hcl", "json")).toBe(`{
  "//": [
    "About the file.",
    "at the end of the file"
  ],
  "variable": {
    "TAG": {
      "//": [
        "The version.",
        "trailing"
      ],
      "default": "dev"
    }
  },
  "target": {
    "app": {
      "//": [
        "Of a target,",
        "in two lines.",
        "beside",
        "before args",
        "inside args",
        "at the end"
      ],
      "args": { "A": "x$\${y}", "B": "\${TAG == \\"dev\\" ? [1, null] : []}" },
      "dockerfile-inline": "FROM alpine\\nRUN echo \\"hi\\\\n\\"\\n"
    }
  }
}
`);
});

test.each(["json", "toml"] as const)("comments survive the way over %s and back", (over) => {
  const back = converted(converted(sample, "hcl", over), over, "hcl");
  for (const [, comment] of sample.matchAll(/(?:#|\/\/|^ \*) ([a-zA-Z].*)$/gm))
    expect(back).toContain(`# ${comment}\n`);
});

test("keys named // in values of JSON are no comments", () => {
  const text = '{"target": {"a": {"//": "one", "args": {"//": "two"}}}}';
  expect(converted(text, "json", "hcl")).toBe('target "a" {\n  # one\n  args = {\n    "//" = "two"\n  }\n}\n');
});

test("a sign before a sequence does not turn it into text", () => {
  const text = 'variable "v" {\n  default = "$\\u0024${1}%"\n}\n';
  for (const to of formats) expect(meaningOf(converted(text, "hcl", to), to)).toEqual(meaningOf(text, "hcl"));
  expect(JSON.stringify(meaningOf(text, "hcl"))).toContain('"$$1%"');
});

test("what a data format cannot say is told", () => {
  const run = (text: string) => convert({ name: "docker-bake.hcl", text }, { from: "hcl", to: "json" });
  expect(run("odd {\n}\n").diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
    ["convert/left-out", "note"],
  ]);
  const refused = run("variable = 1\n");
  expect(refused.value).toBe("");
  expect(refused.diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
    ["convert/not-expressible", "error"],
  ]);
});

test("$schema is for editors of one format only, and other odd names are told", () => {
  const { value, diagnostics } = convert(
    { name: "docker-bake.json", text: '{"$schema": "x", "a b": 1, "target": {"a": {}}}' },
    { from: "json", to: "hcl" },
  );
  expect(value).not.toContain("schema");
  expect(diagnostics.map(({ code }) => code)).toEqual(["convert/left-out"]);
});

test("a file with errors is not converted", () => {
  const { value, diagnostics } = convert({ name: "docker-bake.hcl", text: "a = [" }, { from: "hcl", to: "json" });
  expect([value, diagnostics.map(({ code }) => code)]).toEqual(["", ["hcl/unclosed-bracket"]]);
});
