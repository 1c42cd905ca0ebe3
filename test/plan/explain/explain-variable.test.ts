import { describe, expect, it } from "vitest";
import { evaluateDefinition } from "../../../src/buildfile/definition/evaluate-definition.ts";
import { layEnvironmentEntries, parseEnvironmentFile } from "../../../src/buildfile/environment-file.ts";
import { parseHcl } from "../../../src/buildfile/hcl/parse.ts";
import { explainVariable } from "../../../src/plan/explain/explain-variable.ts";
import { type Circumstances, inputOf, originText } from "../../buildfile/definition/evaluate.ts";

interface Said extends Circumstances {
  /** The texts of env files, in order. */
  readonly envFiles?: readonly string[];
}

/** `value: place (reason)` of each candidate, files being `1.hcl`, `2.hcl`. */
function explain(
  texts: string | readonly string[],
  { envFiles = [], ...circumstances }: Said = {},
  name = "V",
): readonly string[] {
  const files = (typeof texts === "string" ? [texts] : texts).map((text, i) => {
    const source = { name: `${i + 1}.hcl`, text };
    return { source, format: "hcl" as const, body: parseHcl(source).value };
  });
  const entries = envFiles.flatMap((text, i) => parseEnvironmentFile({ name: `${i + 1}.env`, text }).value);
  const input = { ...inputOf(circumstances), environmentFiles: layEnvironmentEntries(entries) };
  const answer = explainVariable(name, evaluateDefinition(files, input).value);
  if (!answer.ok) return [answer.message, answer.hint ?? ""];
  const { value, candidates } = answer.explanation;
  return [
    String(value),
    ...candidates.map(({ origin, text, reason }) => {
      const file = origin.kind === "environment" && origin.span ? ` in ${origin.span.source.name}` : "";
      return `${text ?? "-"} | ${originText(origin)}${file} | ${reason}`;
    }),
  ];
}

describe("where a variable got its value", () => {
  it("is its default when nothing else is said", () => {
    expect(explain('variable "V" { default = "d" }')).toEqual([
      "d",
      '"d" | V 1.hcl:1:26 "d" | nothing but the default says anything',
    ]);
    expect(explain('variable "V" {}')[1]).toContain("there is no default and nothing else says anything");
  });

  it("is told with everything that was said, by precedence", () => {
    const said = {
      variables: { V: "flag" },
      environment: { V: "env", V_JSON: "json" },
      envFiles: ["V=one\n", "V=two\nV=three\n"],
    };
    expect(explain(['variable "V" { default = "d" }', 'V = "top"'], said)).toEqual([
      "flag",
      "flag | --var V=flag | --var comes before the environment",
      "env | environment V | --var V comes first",
      "json | environment V_JSON | --var V comes first",
      "three | environment V in 2.env | --var V comes first",
      "two | environment V in 2.env | --var V comes first",
      "one | environment V in 1.env | --var V comes first",
      '"top" | V 2.hcl:1:5 "top" | --var V comes first',
      '"d" | V 1.hcl:1:26 "d" | --var V comes first',
    ]);
  });

  it("is the JSON form of a typed variable", () => {
    const text = 'variable "V" {\n type = list(string)\n default = []\n}';
    expect(explain(text, { variables: { V: "a" }, environment: { V_JSON: '["b"]' } })).toEqual([
      '["b"]',
      '["b"] | environment V_JSON | the JSON form of a variable with a type comes first',
      "a | --var V=a | the environment variable V_JSON comes first",
      "[] | V 1.hcl:3:12 [] | the environment variable V_JSON comes first",
    ]);
  });

  it("is not the environment when that is switched off", () => {
    const said = { environment: { V: "env" }, disableEnvironmentLookup: true, envFiles: ["V=file\n"] };
    expect(explain('variable "V" { default = "d" }', said)).toEqual([
      "file",
      "file | environment V in 1.env | env files come before the default",
      "env | environment V | BUILDX_BAKE_DISABLE_VARS_ENV_LOOKUP switches the environment off",
      '"d" | V 1.hcl:1:26 "d" | V in 1.env comes first',
    ]);
  });

  it("is a later block or constant rather than an earlier one", () => {
    expect(explain(['variable "V" { default = 1 }', 'variable "V" { default = 2 }'])).toEqual([
      "2",
      "2 | V 2.hcl:1:26 2 | nothing but the default says anything",
      "1 | V 1.hcl:1:26 1 | a later block of the variable replaces it",
    ]);
    expect(explain(['variable "V" { default = 1 }\nV = 3', "V = 4"])).toEqual([
      "4",
      "4 | V 2.hcl:1:5 4 | a top level attribute replaces the default",
      "3 | V 1.hcl:2:5 3 | a later declaration comes first",
      "1 | V 1.hcl:1:26 1 | a later declaration comes first",
    ]);
  });

  it("leaves NAME_JSON to the variable that is called so", () => {
    const text = 'variable "V" { default = "d" }\nvariable "V_JSON" {}';
    expect(explain(text, { environment: { V_JSON: "x" } })).toHaveLength(2);
  });

  it("is told of constants too", () => {
    const [value, ...candidates] = explain("C = [1, 2]", {}, "C");
    expect(value).toBe("[1,2]");
    expect(candidates).toEqual([
      "[1, 2] | C 1.hcl:1:5 [1, 2] | a top level attribute is a constant: neither flags nor the environment change it",
    ]);
  });

  it("is asked of a name there is", () => {
    expect(explain('variable "VERSION" {}', {}, "VERSOIN")).toEqual([
      'no build file declares a variable "VERSOIN"',
      'did you mean "VERSION"?',
    ]);
    expect(explain("", {}, "X")[1]).toBe("the build files declare no variables");
  });

  it("always is the candidate that comes first", () => {
    for (let bits = 0; bits < 64; bits++) {
      const has = (bit: number): boolean => (bits & (1 << bit)) !== 0;
      const text = `variable "V" {\n default = "d"\n ${has(5) ? "type = any" : ""}\n}`;
      const said: Said = {
        ...(has(0) && { variables: { V: "flag" } }),
        environment: { ...(has(1) && { V: "env" }), ...(has(2) && { V_JSON: '{"value":"json","type":"string"}' }) },
        envFiles: [
          ...(has(3) ? ["V=file\n"] : []),
          ...(has(4) ? ['V_JSON={"value":"filejson","type":"string"}\n'] : []),
        ],
      };
      const [value = "", first = ""] = explain(text, said);
      expect(first).toContain(value);
    }
  });
});
