import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseHcl } from "../../../src/buildfile/hcl/parse.ts";
import { printBody } from "../../../src/buildfile/hcl/print.ts";
import { scanHcl } from "../../../src/buildfile/hcl/scan.ts";
import { formatHcl } from "../../../src/language/format/hcl.ts";
import { hclInputs } from "../../buildfile/conformance-inputs.ts";
import { arbitraryBody } from "../../buildfile/hcl/arbitrary-syntax.ts";
import { withoutSpans } from "../../buildfile/hcl/without-spans.ts";

function formatted(text: string): string {
  const { value, diagnostics } = formatHcl({ name: "docker-bake.hcl", text });
  expect(diagnostics).toEqual([]);
  return value;
}

function isWellFormed(text: string): boolean {
  return parseHcl({ name: "x", text }).diagnostics.length === 0;
}

/** What the file means, and every comment in it. */
function meaning(text: string): unknown {
  const source = { name: "x", text };
  const comments = scanHcl(source)
    .value.filter(({ kind }) => kind === "comment")
    .map(({ start, end }) => text.slice(start, end).trimEnd());
  return { body: withoutSpans(parseHcl(source).value), comments };
}

function expectLaws(text: string): void {
  const once = formatted(text);
  expect(meaning(once), once).toEqual(meaning(text));
  expect(formatted(once)).toBe(once);
  expect(once === "" || once.endsWith("\n")).toBe(true);
}

describe("formatting keeps what a file means, and done twice changes nothing more", () => {
  const wellFormed = hclInputs.filter(({ text }) => isWellFormed(text));

  test("for the conformance inputs", () => {
    expect(wellFormed.length).toBeGreaterThan(300);
    for (const { text } of wellFormed) expectLaws(text);
  });

  test("for generated trees", () => {
    fc.assert(
      fc.property(arbitraryBody, (body) => expectLaws(printBody(body))),
      { numRuns: 300 },
    );
  });

  test("for conformance inputs whose white space was stirred", () => {
    const spaces = fc.array(fc.constantFrom("", " ", "   ", "\t"), { minLength: 5, maxLength: 40 });
    const ends = fc.array(fc.constantFrom("\n", "\n", "\n\n\n", " # note \n", "\t/* two\n lines */\n", "//\n\n"), {
      minLength: 3,
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.constantFrom(...wellFormed), spaces, ends, ({ text }, between, newlines) => {
        const other = stirred(text, between, newlines);
        fc.pre(isWellFormed(other));
        expectLaws(other);
      }),
      { numRuns: 1000 },
    );
  });
});

/** The text with other white space between its tokens; not always well-formed, where a space or its absence means something. */
function stirred(text: string, between: readonly string[], newlines: readonly string[]): string {
  let result = "";
  let at = 0;
  let depth = 0;
  for (const [i, { kind, start, end }] of scanHcl({ name: "x", text }).value.entries()) {
    const space = text.slice(at, start);
    if (kind === "quote-open" || kind === "heredoc-open") depth++;
    result += depth > (kind === "quote-open" || kind === "heredoc-open" ? 1 : 0) ? space : between[i % between.length];
    if (kind === "quote-close" || kind === "heredoc-close") depth--;
    result += kind === "newline" && depth === 0 ? newlines[i % newlines.length] : text.slice(start, end);
    at = end;
  }
  return result;
}

test.each<readonly [string, string, string]>([
  ["indentation and line ends", 'target "a" {\nargs={\nA=1\n}\n\t}', 'target "a" {\n  args = {\n    A = 1\n  }\n}\n'],
  [
    "the = of neighbours",
    'target "a" {\n  tags = ["x"]\n  platforms = []\n\n  pull = true\n}\n',
    'target "a" {\n  tags      = ["x"]\n  platforms = []\n\n  pull = true\n}\n',
  ],
  [
    "no = next to a value of several lines",
    'target "a" {\n  context = "."\n  args = {\n  }\n  t = 1\n  no-cache = true\n}\n',
    'target "a" {\n  context = "."\n  args = {\n  }\n  t        = 1\n  no-cache = true\n}\n',
  ],
  ["comments of neighbours", "a = 1 # one\nbcd = 222 // two  \n", "a   = 1   # one\nbcd = 222 // two\n"],
  ["wide characters by what is seen", 'x = "e\u0301" # c\ny = "abc" # d\n', 'x = "e\u0301"   # c\ny = "abc" # d\n'],
  ["blank lines", '\n\n\na = 1\n\n\n\nb = 2\ntarget "x" {\n\n\n}\n\n', 'a = 1\n\nb = 2\ntarget "x" {\n}\n'],
  ["signs and operators", "a = -1-  -b\nc = ! d&&e\n", "a = -1 - -b\nc = !d && e\n"],
  ["calls, indexes and splats", "a = f (x, y...) [0] . b [*] . c\n", "a = f(x, y...)[0].b[*].c\n"],
  ["numbers before a dot", "a = 1 .b\n", "a = 1 .b\n"],
  [
    "colons",
    "a = {b:c?d:e}\nf = {for k,v in(x):k=>v if(v)}\n",
    "a = { b: c ? d : e }\nf = { for k, v in (x) : k => v if (v) }\n",
  ],
  ["brackets opened on one line", "a = f([{\nb = 1\n}])\n", "a = f([{\n  b = 1\n}])\n"],
  ["comments that stand alone", "a = [\n# one\n1,\n   # two\n]\n", "a = [\n  # one\n  1,\n  # two\n]\n"],
  ["CRLF", "a=1\r\nb = 2\r\n", "a = 1\r\nb = 2\r\n"],
  ["a byte order mark", "\ufeffa=1", "a = 1\n"],
  ["an empty file", "\n \n", ""],
])("%s", (_, text, expected) => {
  expect(formatted(text)).toBe(expected);
  expectLaws(text);
});

test("heredocs and strings are kept byte for byte", () => {
  const heredoc = "<<-EOT\n      FROM  alpine\t \r\n\n\n   RUN ${ f (x)  }   \n     EOT  ";
  const text = `target "a" {\ndockerfile-inline=${heredoc}\nx="\${ a+b }  %{ if  c }x%{endif}"\n}\n`;
  const expected = `target "a" {\n  dockerfile-inline = ${heredoc}\n  x = "\${ a+b }  %{ if  c }x%{endif}"\n}\n`;
  expect(formatted(text)).toBe(expected);
});

test("a file with errors is left as it is", () => {
  const text = 'target "a" {\n   tags = [\n}\n';
  const { value, diagnostics } = formatHcl({ name: "docker-bake.hcl", text });
  expect(value).toBe(text);
  expect(diagnostics.map(({ code }) => code)).toEqual(["hcl/unclosed-bracket"]);
});
