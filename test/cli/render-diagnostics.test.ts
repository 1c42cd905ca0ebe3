import { expect, test } from "vitest";
import type { Diagnostic } from "../../src/base/diagnostic.ts";
import type { Source, Span } from "../../src/base/span.ts";
import { renderDiagnostic, renderDiagnostics } from "../../src/cli/render-diagnostics.ts";

const source: Source = {
  name: "bake.hcl",
  text: 'target "app" {\n\ttags = ["é${TGA}"]\n  args = {\n    A = 1\n  }\n}\n',
};

function spanOf(text: string): Span {
  const start = source.text.indexOf(text);
  return { source, start, end: start + text.length };
}

test("a diagnostic shows its place, the line, and marks below the very token", () => {
  const diagnostic: Diagnostic = {
    code: "hcl/unknown-name",
    severity: "error",
    message: 'nothing is called "TGA"',
    span: spanOf("TGA"),
    hint: 'did you mean "TAG"?',
  };
  expect(renderDiagnostic(diagnostic)).toBe(
    [
      'bake.hcl:2:14: error: nothing is called "TGA" [hcl/unknown-name]',
      '  2 |  tags = ["é${TGA}"]',
      "    |              ^^^",
      '  help: did you mean "TAG"?',
      "",
    ].join("\n"),
  );
});

test("a span over several lines shows them without marks, at most four", () => {
  const shown = renderDiagnostic({ code: "x/y", severity: "warning", message: "m", span: spanOf(source.text.trim()) });
  expect(shown.split("\n").filter((line) => /^ {2}\d \|/.test(line))).toHaveLength(4);
  expect(shown).not.toContain("^");
});

test("related places come with their own lines", () => {
  const shown = renderDiagnostic({
    code: "x/y",
    severity: "error",
    message: "m",
    span: spanOf("A = 1"),
    related: [{ message: "first defined here", span: spanOf("args") }],
  });
  expect(shown).toContain("bake.hcl:4:5: error: m");
  expect(shown).toContain("bake.hcl:3:3: first defined here\n  3 |   args = {\n    |   ^^^^");
});

test("errors come last, equal ones once, with a count when there are several", () => {
  const error = (message: string): Diagnostic => ({ code: "x/y", severity: "error", message });
  const shown = renderDiagnostics([
    error("one"),
    { code: "x/w", severity: "warning", message: "careful" },
    error("two"),
    error("one"),
  ]);
  expect(shown.indexOf("careful")).toBeLessThan(shown.indexOf("one"));
  expect(shown.match(/error: one/g)).toHaveLength(1);
  expect(shown).toContain("3 errors found");
});

test("control characters of a file never reach the terminal", () => {
  const evil: Source = { name: "a\u001b[31m.hcl", text: "x = \u001b]0;title\u0007\u009b1\n" };
  const shown = renderDiagnostic({
    code: "x/y",
    severity: "error",
    message: "bad \u001b[2J",
    span: { source: evil, start: 0, end: 1 },
  });
  expect(shown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
});
