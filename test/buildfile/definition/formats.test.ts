import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Checked } from "../../../src/base/diagnostic.ts";
import type { Source } from "../../../src/base/span.ts";
import { evaluateDefinition } from "../../../src/buildfile/definition/evaluate-definition.ts";
import { parseHcl } from "../../../src/buildfile/hcl/parse.ts";
import type { Body, BuildFileFormat } from "../../../src/buildfile/hcl/syntax.ts";
import { parseJson } from "../../../src/buildfile/json/parse.ts";
import { parseToml } from "../../../src/buildfile/toml/parse.ts";
import { inputOf, settingsOf, shown } from "./evaluate.ts";

/** What a file says, in no particular format. */
interface Told {
  readonly variables: Readonly<Record<string, Scalar>>;
  readonly targets: Readonly<
    Record<string, Readonly<Record<string, Scalar | readonly Scalar[] | Readonly<Record<string, Scalar>>>>>
  >;
  readonly groups: Readonly<Record<string, readonly string[]>>;
}
type Scalar = string | number | boolean;

const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,6}$/);
/** Templates included, `${V0}` used and escaped; no half of a surrogate pair, which no file can hold. */
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 8 }),
  fc.constantFrom("${V0}", "$${V0}", "%%{x", "$", "%", "a${V0}b", "\\", '"', "\n\t\r", "\u007f", "é😀"),
);
const scalar = fc.oneof(text.filter(isTemplate), fc.integer(), fc.boolean());
const told: fc.Arbitrary<Told> = fc.record({
  variables: fc.dictionary(
    name.map((tail) => `W${tail}`),
    scalar,
    { maxKeys: 3 },
  ),
  targets: fc.dictionary(
    name,
    fc.record(
      {
        args: fc.dictionary(name, scalar, { maxKeys: 3 }),
        labels: fc.dictionary(name, scalar, { maxKeys: 3 }),
        tags: fc.array(text.filter(isTemplate), { maxLength: 3 }),
        platforms: fc.array(name, { maxLength: 2 }),
        context: text.filter(isTemplate),
        pull: fc.boolean(),
        inherits: fc.array(name, { maxLength: 2 }),
      },
      { requiredKeys: [] },
    ),
    { maxKeys: 4 },
  ),
  groups: fc.dictionary(name, fc.array(name, { maxLength: 3 }), { maxKeys: 2 }),
});

describe("one definition in three formats", () => {
  it("means the same", () => {
    fc.assert(
      fc.property(told, (content) => {
        const hcl = evaluated(parseHcl, "hcl", asHcl(content));
        expect(evaluated(parseJson, "json", asJson(content))).toEqual(hcl);
        expect(evaluated(parseToml, "toml", asToml(content))).toEqual(hcl);
      }),
    );
  });
});

/** No sequences but `${V0}`. */
function isTemplate(candidate: string): boolean {
  return !/[$%]\{/.test(candidate.replaceAll(/\$\$\{|%%\{|\$\{V0\}/g, ""));
}

function evaluated(parse: (source: Source) => Checked<Body>, format: BuildFileFormat, written: string): unknown {
  const source: Source = { name: `file.${format}`, text: written };
  const { value: body, diagnostics } = parse(source);
  const definition = evaluateDefinition([{ source, format, body }], inputOf({}));
  expect([...diagnostics, ...definition.diagnostics].map(shown), written).toEqual([]);
  const { groups, variables } = definition.value;
  return {
    targets: settingsOf(definition.value),
    groups: [...groups.values()].map(({ name: group, targets }) => [group, targets]),
    variables: [...variables.values()].map(({ name: variable, value }) => [variable, value]),
  };
}

function asHcl({ variables, targets, groups }: Told): string {
  const lines = ['variable "V0" { default = "v" }'];
  for (const [variable, value] of Object.entries(variables)) {
    lines.push(`variable ${JSON.stringify(variable)} {\n  default = ${hclValue(value)}\n}`);
  }
  for (const [target, attributes] of Object.entries(targets)) {
    const body = Object.entries(attributes).map(([key, value]) => `  ${key} = ${hclValue(value)}\n`);
    lines.push(`target ${JSON.stringify(target)} {\n${body.join("")}}`);
  }
  for (const [group, members] of Object.entries(groups)) {
    lines.push(`group ${JSON.stringify(group)} {\n  targets = ${hclValue(members)}\n}`);
  }
  return `${lines.join("\n\n")}\n`;
}

function hclValue(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[${value.map(hclValue).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, entry]) => `${key} = ${hclValue(entry)}`)
    .join(", ")} }`;
}

/** A string both HCL and TOML read. */
function quoted(value: string): string {
  const escaped = value.replace(/[\p{Cc}"\\]/gu, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return `"${escaped}"`;
}

function asJson({ variables, targets, groups }: Told): string {
  const declared = Object.entries(variables).map(([variable, value]) => [variable, { default: value }]);
  return JSON.stringify({
    variable: { V0: { default: "v" }, ...Object.fromEntries(declared) },
    target: targets,
    group: Object.fromEntries(Object.entries(groups).map(([group, members]) => [group, { targets: members }])),
  });
}

function asToml({ variables, targets, groups }: Told): string {
  const lines = ['[variable.V0]\ndefault = "v"'];
  for (const [variable, value] of Object.entries(variables)) {
    lines.push(`[variable.${variable}]\ndefault = ${hclValue(value)}`);
  }
  for (const [target, attributes] of Object.entries(targets)) {
    lines.push(
      `[target.${target}]`,
      ...Object.entries(attributes).map(([key, value]) => `${key} = ${hclValue(value)}`),
    );
  }
  for (const [group, members] of Object.entries(groups)) lines.push(`[group.${group}]\ntargets = ${hclValue(members)}`);
  return `${lines.join("\n")}\n`;
}
