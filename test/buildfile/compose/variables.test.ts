import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseEnvFile } from "../../../src/buildfile/compose/variables/env-file.ts";
import { substitute, type TemplateProblem } from "../../../src/buildfile/compose/variables/substitute.ts";
import { brief, loadBuild, loadTexts } from "./load-texts.ts";

const variables: ReadonlyMap<string, string> = new Map([
  ["V", "v"],
  ["EMPTY", ""],
  ["OTHER", "o"],
]);

function replaced(text: string): { readonly result: string; readonly problems: readonly TemplateProblem[] } {
  const problems: TemplateProblem[] = [];
  const result = substitute(text, {
    lookUp: (name) => variables.get(name),
    report: (problem) => problems.push(problem),
  });
  return { result, problems };
}

describe("substitution", () => {
  const texts: readonly (readonly [string, string])[] = [
    ["$V", "v"],
    ["${V}", "v"],
    ["a${V}b$V.c", "avbv.c"],
    ["$$V $${V}", "$V ${V}"],
    ["cost: 5$", "cost: 5$"],
    ["$5 $-", "$5 $-"],
    ["${UNSET:-d}", "d"],
    ["${EMPTY:-d}", "d"],
    ["${EMPTY-d}", ""],
    ["${UNSET-d}", "d"],
    ["${V:-d}", "v"],
    ["${V:+a}", "a"],
    ["${EMPTY:+a}", ""],
    ["${EMPTY+a}", "a"],
    ["${UNSET+a}", ""],
    ["${V:?e}${EMPTY?e}", "v"],
    ["${UNSET:-${EMPTY:-${OTHER}}}", "o"],
    ["${UNSET:-$V-$$}", "v-$"],
    ['${UNSET:-{"a":{}}}', '{"a":{}}'],
    ["${UNSET:-a\nb}", "a\nb"],
    ["${UNSET:-}", ""],
    ["${V:+${UNSET:-x}}${V}", "xv"],
  ];

  test.each(texts)("%j is %j", (text, result) => {
    expect(replaced(text)).toEqual({ result, problems: [] });
  });

  const problems: readonly (readonly [string, TemplateProblem])[] = [
    ["a ${} b", { kind: "invalid", reference: "${}" }],
    ["${1a}", { kind: "invalid", reference: "${1a}" }],
    ["${V", { kind: "invalid", reference: "${V" }],
    ["${V!x}", { kind: "invalid", reference: "${V!x}" }],
    ["$UNSET", { kind: "unset", reference: "$UNSET", name: "UNSET" }],
    ["${UNSET?why $V}", { kind: "required", reference: "${UNSET?why $V}", name: "UNSET", message: "why v" }],
    ["${EMPTY:?}", { kind: "required", reference: "${EMPTY:?}", name: "EMPTY", message: "" }],
  ];

  test.each(problems)("%j is a problem", (text, problem) => {
    expect(replaced(text).problems).toEqual([problem]);
  });

  test("text with every dollar doubled comes out as it was", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(replaced(text.replaceAll("$", "$$$$"))).toEqual({ result: text, problems: [] });
      }),
    );
  });

  test("no text takes long or fails", () => {
    for (const piece of ["${X:-", "${X", "$", "{", "${X:-{", "}"]) {
      expect(() => replaced(piece.repeat(50_000))).not.toThrow();
    }
    expect(replaced("${X:-".repeat(100) + "}".repeat(100)).problems).toMatchObject([{ kind: "invalid" }]);
  });
});

describe("environment files", () => {
  const lines: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ["A=1\nB = 2 \r\n", { A: "1", B: "2" }],
    ["\ufeffA=1", { A: "1" }],
    ["# c\n\n  A=1 # c\nB=1#c\nC=#c\n=x\nD= # d", { A: "1", B: "1#c", C: "#c", D: "# d" }],
    ["export A=1\nexport B", { A: "1", B: "b" }],
    ["A: yaml", { A: "yaml" }],
    ["A='$B ${B} \\n'", { A: "$B ${B} \\n" }],
    ['A="$B\\t\\"x\\" \\$B\\nend" # c\nZ=1', { A: 'b\t"x" $B\nend', Z: "1" }],
    ['A="two\nlines"', { A: "two\nlines" }],
    ["A=$B-${NO:-d}\nC=$A", { A: "b-d", C: "b-d" }],
    ["A=1\nA=2", { A: "2" }],
    ["NOWHERE", {}],
    ["A.B-C=1", { "A.B-C": "1" }],
  ];

  test.each(lines)("%j", (text, values) => {
    const read = parseEnvFile({ name: ".env", text }, (name) => (name === "B" ? "b" : undefined));
    expect(read.diagnostics).toEqual([]);
    expect(Object.fromEntries([...read.value].map(([name, entry]) => [name, entry.text]))).toEqual(values);
  });

  test("every broken line is reported and the others count", () => {
    const text = "A=1\nwhat is this\n@x\nB='open\nC=2";
    const { value, diagnostics } = parseEnvFile({ name: ".env", text }, () => undefined);
    expect(brief(diagnostics)).toEqual([
      "compose/env-file error .env:2:1",
      "compose/env-file error .env:3:1",
      "compose/env-file error .env:4:3",
    ]);
    expect([...value.keys()]).toEqual(["A", "B", "C"]);
  });

  test("raw values are taken as they are", () => {
    const { value } = parseEnvFile({ name: "e", text: "A='$B' # c" }, () => undefined, { raw: true });
    expect(value.get("A")?.text).toBe("'$B' # c");
  });

  test("the span of an entry is its name", () => {
    const { value } = parseEnvFile({ name: "e", text: "export exp=1\nA=1" }, () => undefined);
    const names = [...value.values()].map(({ span }) => span.source.text.slice(span.start, span.end));
    expect(names).toEqual(["exp", "A"]);
  });
});

describe("where variables come from", () => {
  const compose = { "compose.yaml": "services: {a: {build: {args: {A: '$A'}}}}", ".env": "A=file" };
  const args = (input: Parameters<typeof loadTexts>[1], texts: Record<string, string> = compose) =>
    loadTexts(texts, input).targets.a?.args;

  test("--var comes before the environment, env files and .env", () => {
    const environment = new Map([["A", "env"]]);
    const entry = { name: "A", text: "named", span: { source: { name: "e", text: "A=named" }, start: 0, end: 1 } };
    const environmentFiles = new Map([["A", entry]]);
    expect(args({ variables: new Map([["A", "flag"]]), environment })).toEqual({ A: "flag" });
    expect(args({ environment, environmentFiles })).toEqual({ A: "env" });
    expect(args({ environmentFiles })).toEqual({ A: "named" });
    expect(args({})).toEqual({ A: "file" });
    expect(args({ environment, disableEnvironmentLookup: true })).toEqual({ A: "file" });
  });

  test("the name of the project is that of the last file, else of the environment, else bake", () => {
    const environment = new Map([["COMPOSE_PROJECT_NAME", "env"]]);
    const service = "services: {a: {build: {args: {A: '$COMPOSE_PROJECT_NAME'}}}}";
    expect(args({}, { "compose.yaml": service })).toEqual({ A: "bake" });
    expect(args({ environment }, { "compose.yaml": service })).toEqual({ A: "env" });
    expect(args({ environment }, { "compose.yaml": `name: mine-$COMPOSE_PROJECT_NAME\n${service}` })).toEqual({
      A: "mine-env",
    });
  });

  test("an unset variable is reported once, and only where the value is read", () => {
    const { diagnostics } = loadTexts({
      "compose.yaml": "services:\n  a:\n    command: $X\n    image: $Y\n    build: {tags: [$Y], args: {A: $Z}}\n",
    });
    expect(brief(diagnostics)).toEqual([
      "compose/unset-variable warning compose.yaml:4:12",
      "compose/unset-variable warning compose.yaml:5:35",
    ]);
  });

  test("the variables that are asked for are known", () => {
    const { definition } = loadTexts({ "compose.yaml": "services: {a: {build: {args: [X], tags: ['${Y:-1}']}}}" });
    expect([...definition.usedVariables]).toEqual(expect.arrayContaining(["X", "Y"]));
  });

  test("an argument from the environment says so", () => {
    const { definition } = loadTexts(
      { "compose.yaml": "services: {a: {build: {args: [X]}}}" },
      { environment: new Map([["X", "1"]]) },
    );
    expect(definition.targets.get("a")?.settings.args?.get("X")?.origin).toEqual({
      kind: "environment",
      variable: "X",
    });
  });

  test("a place inside of a text is pointed at", () => {
    const { diagnostics } = loadBuild('target: "abc ${NEEDED:?set it}"');
    const span = diagnostics[0]?.span;
    expect(span?.source.text.slice(span.start, span.end)).toBe("${NEEDED:?set it}");
  });
});
