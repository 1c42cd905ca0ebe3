import fc from "fast-check";
import { expect, test } from "vitest";
import { scanHcl } from "../../../src/buildfile/hcl/scan.ts";
import { hclInputs } from "../conformance-inputs.ts";

function kinds(text: string): readonly string[] {
  return scanHcl({ name: "x.hcl", text }).value.map(({ kind, start, end }) =>
    kind === text.slice(start, end) ? kind : `${kind}:${text.slice(start, end)}`,
  );
}

test.each<readonly [string, readonly string[]]>([
  ["a-1 = 2 -1\r\n", ["identifier:a-1", "=", "number:2", "-", "number:1", "newline:\r\n", "end:"]],
  [
    "# x\n// y\r\n/* z\n */1",
    ["comment:# x", "newline:\n", "comment:// y", "newline:\r\n", "comment:/* z\n */", "number:1", "end:"],
  ],
  ["a>=b=>c==d...", ["identifier:a", ">=", "identifier:b", "=>", "identifier:c", "==", "identifier:d", "...", "end:"]],
  ["5...", ["number:5", "...", "end:"]],
  ["l.0.x", ["identifier:l", ".", "number:0", ".", "identifier:x", "end:"]],
  [
    '"a${b ~}c"',
    [
      'quote-open:"',
      "text:a",
      "interpolation:${",
      "identifier:b",
      "sequence-end:~}",
      "text:c",
      'quote-close:"',
      "end:",
    ],
  ],
  ['"%{~ {} }"', ['quote-open:"', "directive:%{~", "{", "}", "sequence-end:}", 'quote-close:"', "end:"]],
  ["<<-E\n a\n E\n", ["heredoc-open:<<-E\n", "text: a\n", "heredoc-close: E", "newline:\n", "end:"]],
])("%j becomes tokens", (text, expected) => {
  expect(kinds(text)).toEqual(expected);
});

/** Nothing between two tokens but spaces, no token empty unless it was made up to mend something. */
function expectCovered(text: string): void {
  const { value: tokens, diagnostics } = scanHcl({ name: "x.hcl", text });
  const wellFormed = diagnostics.length === 0;
  let at = text.startsWith("\ufeff") ? 1 : 0;
  for (const { kind, start, end } of tokens) {
    const ordered = start >= at && end >= start && (kind === "end" || end > start || !wellFormed);
    if (!ordered || (wellFormed && !/^[ \t]*$/.test(text.slice(at, start)))) {
      throw new Error(`${kind} at ${start}-${end} comes after ${at} in ${JSON.stringify(text)}`);
    }
    at = end;
  }
  expect(tokens.at(-1)).toEqual({ kind: "end", start: text.length, end: text.length });
}

test("tokens cover every file, comments included, with only spaces between them", () => {
  for (const { text } of hclInputs) expectCovered(text);
});

test("tokens of any text are in order and end with it", () => {
  const soup = fc.array(
    fc.constantFrom(
      "a",
      "1",
      ".",
      '"',
      "${",
      "%{",
      "}",
      "~}",
      "{",
      "\n",
      "<<E\n",
      "E",
      " ",
      "/*",
      "*/",
      "#",
      "'",
      "\\",
      "é",
      "😀",
      "\u0000",
    ),
  );
  fc.assert(
    fc.property(
      soup.map((pieces) => pieces.join("")),
      expectCovered,
    ),
    { numRuns: 1000 },
  );
});
