import { describe, expect, test } from "vitest";
import { parseExpressionIn, parseHcl } from "../../../src/buildfile/hcl/parse.ts";
import { type SyntaxCode, syntaxHelp } from "../../../src/buildfile/hcl/syntax-problems.ts";
import { markedText, markPlaces } from "../marked-place.ts";

/** Each code, a text that is wrong in that one way with the place marked, and what the diagnostic says. */
const examples: readonly (readonly [SyntaxCode, string, string])[] = [
  ["hcl/invalid-character", "a = «@»b\n", "unexpected character @"],
  ["hcl/invalid-character", "a =«\u00a0»1\n", "no-break space"],
  ["hcl/wrong-quotes", "a = «'b c'»\n", 'write "b c"'],
  ["hcl/wrong-quotes", "a = «“b”»\n", 'write "b"'],
  ["hcl/unsupported-operator", "a = b «&» c\n", "logical and is &&"],
  ["hcl/unsupported-operator", "a = b «**» c\n", "use pow"],
  ["hcl/unsupported-operator", "a = b «<<» 2\n", "there is no operator <<"],
  ["hcl/semicolon", "a = 1«;»\n", "remove it"],
  ["hcl/invalid-number", "a = «0x1F»\n", 'parseint("1F", 16)'],
  ["hcl/invalid-number", "a = «1_000»\n", "leave out the underscores: 1000"],
  ["hcl/invalid-number", "a = «1.2.3»\n", 'put it in quotes if it is text: "1.2.3"'],
  ["hcl/unterminated-string", 'a = «"b»\nc = 1\n', "not closed on its line"],
  ["hcl/unterminated-heredoc", "b {\n  a = «<<EOT»\nx\n}\n", "write EOT on a line of its own"],
  ["hcl/unterminated-comment", "a = 1\n«/*» b\n", "close it with */"],
  ["hcl/unclosed-sequence", 'a = "x«${»b"\n', "this interpolation is not closed"],
  ["hcl/unclosed-sequence", 'a = "x«%{» if b"\n', "this directive is not closed"],
  ["hcl/unclosed-sequence", 'a = "x«${»b\n', "this interpolation is not closed"],
  ["hcl/heredoc-opening", "a = «<<EOT» # text\nx\nEOT\n", "write <<EOT and nothing else"],
  ["hcl/heredoc-opening", "a = «<<'EOT»'\nx\nEOT\n", "no quotes"],
  ["hcl/invalid-escape", 'a = "b«\\d»"\n', "there is no escape \\d"],
  ["hcl/invalid-escape", 'a = "b«\\$»{c}"\n', "write $${ for a plain ${"],
  ["hcl/invalid-escape", 'a = "«\\ud83d»"\n', "\\U0001F600"],
  ["hcl/invalid-escape", 'a = "«\\u»12"\n', "four hexadecimal digits"],
  ["hcl/invalid-escape", 'a "b«\\d»" {}\n', "there is no escape \\d"],
  ["hcl/expected-item", "«[»1]\n", "expected an attribute or a block, found ["],
  ["hcl/expected-item", "«a»\n", "a is neither an attribute nor a block"],
  ["hcl/quoted-name", 'b {\n  «"»a" = 1\n}\n', "names of attributes are not quoted"],
  ["hcl/expected-equals", "a«:» 1\n", "not with :"],
  ["hcl/expected-equals", "a «==» 1\n", "an attribute is set with one ="],
  ["hcl/missing-value", "a «=»\nb = 1\n", "a has no value"],
  ["hcl/expected-newline", "a = 1«,» b = 2\n", "separated by line ends"],
  ["hcl/expected-newline", "a = b «=» c\n", "to compare values use =="],
  ["hcl/expected-newline", "a {} «b» {}\n", "start a new line here"],
  ["hcl/expected-newline", "a {\n  b = 1 «}»\n", "put the } on a line of its own"],
  ["hcl/one-line-block", "a { b = 1«,» c = 2 }\n", "for a map write = before its {"],
  ["hcl/one-line-block", 'a { «"»b" = 1 }\n', "expected an attribute"],
  ["hcl/expected-block-body", '«a "b"»\n{\n}\n', "move the { to the end of this line"],
  ["hcl/expected-block-body", 'a "b" «=» 1\n', "an attribute has one name"],
  ["hcl/template-in-label", 'a "b«${»c}" {}\n', "labels are plain text"],
  ["hcl/unclosed-block", 'a "b" «{»\n  c = 1\n', "this a block is not closed"],
  ["hcl/unexpected-closing", "a = 1\n«}»\n", "closes nothing"],
  ["hcl/duplicate-attribute", "a = 1\n«a» = 2\n", "first set here"],
  ["hcl/expected-expression", "a = [1, «=»]\n", "expected a value, found ="],
  ["hcl/expected-expression", "a = 1 «+»\n", "needs ( ) around it"],
  ["hcl/expected-expression", "a = «.»5\n", "0.5"],
  ["hcl/unclosed-bracket", "a = {\n  b = (1 + 2\n«}»\n", "the parenthesis opens here"],
  ["hcl/unclosed-bracket", "a = [1, 2\n«b» = 3\n", "the list opens here"],
  ["hcl/unclosed-bracket", "a = f(1, 2\n«b» = 3\n", "the argument list opens here"],
  ["hcl/unclosed-bracket", "a = b[1\n«c» = 3\n", "the index opens here"],
  ["hcl/unclosed-bracket", "a = «{»\n  b = 1\n", "expected } to close the object"],
  ["hcl/unclosed-bracket", "a = [for b in c : d\n«e» = 3\n", "the for expression opens here"],
  ["hcl/missing-comma", 'a = [\n  "b"\n  «"»c"\n]\n', "separated by commas"],
  ["hcl/missing-comma", "a = f(1 «2»)\n", "separated by commas"],
  ["hcl/missing-separator", "a = { b = 1 «c» = 2 }\n", "separated by commas or line ends"],
  ["hcl/missing-object-value", "a = { b«,» c = 1 }\n", "lists without keys are written in [ ]"],
  ["hcl/missing-object-value", "a = {\n  «b»\n}\n", "expected = and a value"],
  ["hcl/ambiguous-key", "a = { «b.c» = 1 }\n", "put it in parentheses"],
  ["hcl/incomplete-conditional", "a = (b ? c«)»\n", "the conditional is here"],
  ["hcl/expected-name-after-dot", "a = b.«)»\n", "expected a name after the dot"],
  ["hcl/expected-name-after-dot", "a = 5«.»\n", "a number does not end in a dot"],
  ["hcl/chained-number-index", "a = b.«0.1»\n", "write [0][1]"],
  ["hcl/nested-attribute-splat", "a = b.*.«*»\n", "use [*]"],
  ["hcl/expected-call", "a = b::c «+» 1\n", "arguments of the function b::c"],
  ["hcl/spread-not-last", "a = f(b«...», c)\n", "only the last argument"],
  ["hcl/invalid-for", "a = [for b «of» c : d]\n", 'expected "in"'],
  ["hcl/invalid-for", "a = [for b in c «,» d]\n", "expected :"],
  ["hcl/invalid-for", "a = [for b, «1» in c : d]\n", "expected a name"],
  ["hcl/key-in-list-for", "a = [for b in c : d «=>» e]\n", "use { }"],
  ["hcl/no-key-in-object-for", "a = {for b in c : «d»}\n", "key => value"],
  ["hcl/grouping-in-list-for", "a = [for b in c : d«...»]\n", "under a key"],
  ["hcl/extra-in-sequence", 'a = "${b «c»}"\n', "the interpolation opens here"],
  ["hcl/unknown-directive", 'a = "%{ «elseif» b }"\n', "there is no directive elseif"],
  ["hcl/unclosed-directive", 'a = "«%{ if b }»c"\n', "write %{ endif }"],
  ["hcl/stray-directive", 'a = "b«%{ endif }»"\n', "there is no open if here"],
  ["hcl/stray-directive", 'a = "%{ for b in c }«%{ else }»%{ endfor }"\n', "a for directive has no else"],
  ["hcl/stray-directive", 'a = "%{ if b }%{ else }«%{ else }»%{ endif }"\n', "has an else already"],
  ["hcl/too-deep", `a = ${"[".repeat(200)}«[»${"]".repeat(201)}\n`, "nested more than 200 levels"],
];

describe("every code", () => {
  test.each(examples)("%s is reported for %j", (code, marked, said) => {
    const { text } = markedText(marked);
    const { diagnostics } = parseHcl({ name: "example.hcl", text });
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual([code]);
    expect(markPlaces(text, diagnostics)).toBe(marked);
    const [only] = diagnostics;
    expect([only?.message, only?.hint, ...(only?.related ?? []).map(({ message }) => message)].join("\n")).toContain(
      said,
    );
  });

  test("has an example and a line of help", () => {
    const shown = new Set([...examples.map(([code]) => code), "hcl/extra-after-expression"]);
    expect([...shown].sort()).toEqual(Object.keys(syntaxHelp).sort());
  });
});

test("an expression in a data string holds nothing else", () => {
  const source = { name: "x.json", text: '"list(string) b"' };
  const { diagnostics } = parseExpressionIn({ source, text: "list(string) b", locate: (offset) => offset + 1 });
  expect(diagnostics).toMatchObject([{ code: "hcl/extra-after-expression", span: { start: 14, end: 15 } }]);
});

describe("several mistakes are reported at once, each where it is", () => {
  test.each([
    [
      "in attributes of one block",
      'target "a" {\n  x = 1 «+»\n  y = «@»z\n  tags = ["a" «"»b"]\n  w «==» 1\n}\nv = f(«=»)\n',
    ],
    ["in items of an object", "a = {\n  b = 1 «+»\n  c = [1 «2»]\n  d «e» = 4\n  f = 5\n}\n"],
    ["in items of a list", "a = [1 «+», 2 «3», «=», 4]\n"],
    [
      "after a bracket that is never closed",
      'target "a" {\n  tags = ["x"\n  «context» = "."\n  y = «)»\n}\nz = 1 «+»\n',
    ],
    ["after a string that is never closed", 'a = «"b»\nc = 1 «+»\n'],
    ["after a block on one line", "a { b = 1«,» c = 2 }\nd = «.»5\n"],
    ["in blocks inside blocks", "a {\n  b {\n    c = «]»\n  }\n  d = 1 «+»\n}\ne = 1 «+»\n"],
    ["in templates of one expression", 'a = "${1 «+»}" \nb = "${«=»}"\n'],
  ])("%s", (_, marked) => {
    const { text } = markedText(marked);
    expect(markPlaces(text, parseHcl({ name: "x.hcl", text }).diagnostics)).toBe(marked);
  });

  test("and what is well-formed is read", () => {
    const text = 'a = [1\nb = 2\ntarget "c" {\n  d = 1 +\n  e = 3\n}\nf = "g\nh = 4\n';
    const { value } = parseHcl({ name: "x.hcl", text });
    expect(value.attributes.map(({ name }) => name)).toEqual(expect.arrayContaining(["b", "h"]));
    expect(value.blocks[0]?.body.attributes.map(({ name }) => name)).toEqual(expect.arrayContaining(["e"]));
  });
});
