import fc from "fast-check";
import { expect, test } from "vitest";
import { unifiedDiff } from "../../../src/language/format/line-diff.ts";

test("equal texts have no difference", () => {
  expect(unifiedDiff("x", "a\n", "a\n")).toBe("");
});

test("a difference is shown with three lines around it", () => {
  const before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n";
  const after = before.replace("5\n", "five\n").replace("13\n", "13");
  expect(unifiedDiff("f", before, after)).toBe(
    [
      "--- f",
      "+++ f (formatted)",
      "@@ -2,7 +2,7 @@",
      " 2",
      " 3",
      " 4",
      "-5",
      "+five",
      " 6",
      " 7",
      " 8",
      "@@ -10,4 +10,4 @@",
      " 10",
      " 11",
      " 12",
      "-13",
      "+13",
      "\\ No newline at end of file",
      "",
    ].join("\n"),
  );
});

test("applied to one text a difference gives the other", () => {
  const text = fc
    .array(fc.constantFrom("a", "b", "c", ""), { maxLength: 30 })
    .map((lines) => lines.map((line) => `${line}\n`).join(""));
  fc.assert(
    fc.property(text, text, (before, after) => {
      expect(applied(before, unifiedDiff("f", before, after))).toBe(after);
    }),
    { numRuns: 2000 },
  );
});

test("texts without a line in common are replaced whole", () => {
  const lines = (word: string): string => Array.from({ length: 3000 }, (_, i) => `${word}${i}\n`).join("");
  expect(applied(lines("a"), unifiedDiff("f", lines("a"), lines("b")))).toBe(lines("b"));
});

/** What a patch program makes of it; refuses lines that are not where the hunks say. */
function applied(before: string, diff: string): string {
  const old = before.split("\n").slice(0, -1);
  const result: string[] = [];
  let at = 0;
  for (const line of diff.split("\n").slice(2, -1)) {
    const header = /^@@ -(\d+),(\d+) \+(\d+),(\d+) @@$/.exec(line);
    if (header) {
      while (at < Number(header[1]) - 1) result.push(old[at++] ?? "");
      expect(result.length).toBe(Number(header[3]) - 1);
      continue;
    }
    if (!line.startsWith("+")) expect(old[at++]).toBe(line.slice(1));
    if (!line.startsWith("-")) result.push(line.slice(1));
  }
  return [...result, ...old.slice(at)].map((line) => `${line}\n`).join("");
}
