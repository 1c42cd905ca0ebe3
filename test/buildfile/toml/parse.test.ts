import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import type { DataNode } from "../../../src/buildfile/data/data.ts";
import { parseHcl } from "../../../src/buildfile/hcl/parse.ts";
import { parseTomlDocument } from "../../../src/buildfile/toml/document.ts";
import { parseToml } from "../../../src/buildfile/toml/parse.ts";
import { syntaxFailure } from "../../../src/buildfile/toml/syntax-failure.ts";
import { type TomlCode, tomlHelp } from "../../../src/buildfile/toml/toml-problems.ts";
import { withoutSpans } from "../hcl/without-spans.ts";
import { markedText, markPlaces } from "../marked-place.ts";

test("a build file in TOML holds what it holds in the native syntax", () => {
  const toml = `# comment
base = "alpine"

[variable.TAG]
type = "string"
default = "dev"
[[variable.TAG.validation]]
condition = '\${TAG != ""}'
error_message = "empty"
[[variable.TAG.validation]]
condition = true

[function.f]
params = ["a"]
variadic_params = "b"
result = "\${a}"

[group]
default.targets = ["app"]

[target.app]
tags = ["a:\${TAG}", 'b', # comment
]
no-cache = false
args = { A = -1, B = 0x1F, "q k" = """
two \\
   words""", C = 1_000.5 }
matrix.v = ["x"]
released = 1979-05-27 07:32:00Z

[target.app.labels]
"a.b" = 'c:\\d'
`;
  const hcl = `base = "alpine"
variable "TAG" {
  type = string
  default = "dev"
  validation {
    condition = "\${TAG != ""}"
    error_message = "empty"
  }
  validation {
    condition = true
  }
}
function "f" {
  params = [a]
  variadic_params = b
  result = "\${a}"
}
group "default" {
  targets = ["app"]
}
target "app" {
  tags = ["a:\${TAG}", "b"]
  no-cache = false
  args = { A = -1, B = 31, "q k" = "two words", C = 1000.5 }
  matrix = { v = ["x"] }
  released = "1979-05-27T07:32:00Z"
  labels = { "a.b" = "c:\\\\d" }
}
`;
  const fromToml = parseToml({ name: "x.toml", text: toml });
  const fromHcl = parseHcl({ name: "x.hcl", text: hcl });
  expect([...fromToml.diagnostics, ...fromHcl.diagnostics]).toEqual([]);
  expect(withoutSpans(fromToml.value)).toEqual(withoutSpans(fromHcl.value));
});

const examples: readonly (readonly [TomlCode, string, string])[] = [
  ["toml/expected-value", "a = «foo»\n", "text is written in quotes"],
  ["toml/expected-value", "a = «tru»\n", "text is written in quotes"],
  ["toml/expected-equals", "a «1»\n", "write key = value"],
  ["toml/expected-key", "«=» 1\n", "expected a key, found ="],
  ["toml/expected-newline", "a = 1 «b» = 2\n", "start a new line here"],
  ["toml/invalid-header", "[a«\n»", "expected ] at the end of the header"],
  ["toml/unterminated-string", 'a = «"b\n»', 'several lines is written in """'],
  ["toml/invalid-escape", 'a = "b\\«d»"\n', "single quotes"],
  ["toml/control-character", 'a = "b«\u0001»"\n', "\\u0001"],
  ["toml/invalid-number", "a = «1__0»\n", "text is written in quotes"],
  ["toml/invalid-number", "a = «07»\n", "text is written in quotes"],
  ["toml/integer-range", "a = «9223372036854775808»\n", "does not fit into 64 bits"],
  ["toml/integer-range", "a = «0x8000000000000000»\n", "does not fit into 64 bits"],
  ["toml/not-finite", "a = «-inf»\n", "no meaning in a build file"],
  ["toml/invalid-date", "a = «2021-02-30»\n", "there is no such date"],
  ["toml/invalid-date", "a = «25:00:00»\n", "1979-05-27"],
  ["toml/invalid-array", "a = [1 «2»]\n", "expected a comma or ]"],
  ["toml/invalid-inline-table", "a = {b = 1,«}»\n", "without a comma at its end"],
  ["toml/invalid-inline-table", "a = {b = 1«\n»}\n", "stands on one line"],
  ["toml/redefined", "a = 1\n«a» = 2\n", "first defined here"],
  ["toml/redefined", "[a]\n[«a»]\n", "first defined here"],
  ["toml/redefined", "[[a]]\n[«a»]\n", "first defined here"],
  ["toml/redefined", "a.b = 1\n[«a»]\n", "first defined here"],
  ["toml/redefined", "a = {b = 1}\n[«a».c]\n", "first defined here"],
  ["toml/too-deep", `a${".b".repeat(200)}« »= 1\n`, "too deep"],
];

describe("every code", () => {
  test.each(examples)("%s is reported for %j", (code, marked, said) => {
    const { text } = markedText(marked);
    const { diagnostics } = parseToml({ name: "x.toml", text });
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual([code]);
    expect(markPlaces(text, diagnostics)).toBe(marked);
    const [only] = diagnostics;
    expect([only?.message, only?.hint, ...(only?.related ?? []).map(({ message }) => message)].join("\n")).toContain(
      said,
    );
  });

  test("has an example and a line of help", () => {
    const shown = new Set<string>([...examples.map(([code]) => code), "toml/syntax"]);
    expect([...shown].sort()).toEqual(Object.keys(tomlHelp).sort());
  });
});

test("names of JavaScript's own are keys like others", () => {
  const { value } = parseTomlDocument({ name: "x.toml", text: "__proto__ = 1\n[constructor]\ntoString = 2\n" });
  expect(value.entries.map(({ key }) => key.content.text)).toEqual(["__proto__", "constructor"]);
});

test("what the TOML parser has no words for is a syntax error where it stopped", () => {
  const source = { name: "x.toml", text: "a = b" };
  const diagnostic = syntaxFailure({ error: new Error("?"), source, at: 4, start: undefined });
  expect(diagnostic).toMatchObject({ code: "toml/syntax", message: "unexpected b", span: { start: 4, end: 5 } });
});

test("after a mistake reading goes on at the next header", () => {
  const marked = 'a = «foo»\n[b]\nc = 1 «2»\n[d]\ne = "${«=»}"\n[f]\ng = «inf»\n';
  const { text } = markedText(marked);
  expect(markPlaces(text, parseToml({ name: "x.toml", text }).diagnostics)).toBe(marked);
});

/** A document as plain values, the way @iarna/toml gives them. */
function plain(node: DataNode): unknown {
  switch (node.kind) {
    case "object":
      return Object.fromEntries(node.entries.map(({ key, value }) => [key.content.text, plain(value)]));
    case "array":
      return node.items.map(plain);
    case "string":
      return node.content.text;
    case "number":
      return Number(node.text);
    case "boolean":
      return node.value;
    case "null":
      return null;
  }
}

const { parse: referenceParse }: { readonly parse: (text: string) => unknown } = createRequire(import.meta.url)(
  "@iarna/toml",
);

test.each([
  "",
  'a = 1\r\nb = "x"\r\n',
  'a = ["x", \'y\', """z""", \'\'\'w\'\'\']\nb = """\n"q" ""\n  \\u00e9 \\U0001F600 \\"\\"\\" \\\n\n   end"""\nc = \'\'\'\n\\n\n\'\'\'\n',
  "a = +1\nb = -0.5e-3\nc = 0o17\nd = 0b101\ne = 0xdead_beef\nf = 1_0.0_1\n",
  "[a.b.c]\nd = 1\n[a]\ne = 2\n[a.b]\nf = 3\n",
  "[[a]]\nb = 1\n[[a.c]]\nd = 2\n[[a]]\n[[a.c]]\n[a.c.e]\nf = 1\n",
  "a . b = 1\n\"x y\".'z' = { k = [{ l = {} }, []], m.n = true }\n[ s . t ]\nu = false # c\n",
  '"" = ""\n\'\' . a = []\n'.replace("'' . a", "b"),
])("%j holds what @iarna/toml finds in it", (text) => {
  const { value, diagnostics } = parseTomlDocument({ name: "x.toml", text });
  expect(diagnostics).toEqual([]);
  expect(JSON.parse(JSON.stringify(plain(value)))).toEqual(JSON.parse(JSON.stringify(referenceParse(text))));
});
