import { expect, test } from "vitest";
import { cutExcerpt, type LineRange } from "../../src/execute/source-excerpt.ts";

const text = Array.from({ length: 9 }, (_, i) => `line ${i + 1}`).join("\n");

/** `3: a >b c` stands for three lines from the third on, the second of them marked. */
function shown(ranges: readonly LineRange[], source = text): string | undefined {
  const excerpt = cutExcerpt("Dockerfile", source, ranges);
  return (
    excerpt &&
    `${excerpt.firstLine}: ${excerpt.lines.map((line) => `${line.marked ? ">" : ""}${line.text.slice(5)}`).join(" ")}`
  );
}

test.each<[string, readonly LineRange[], string | undefined]>([
  ["one line", [{ start: 5, end: 5 }], "3: 3 4 >5 6 7"],
  ["the first line", [{ start: 1, end: 1 }], "1: >1 2 3"],
  ["the last line", [{ start: 9, end: 9 }], "7: 7 8 >9"],
  ["several lines", [{ start: 4, end: 6 }], "3: 3 >4 >5 >6 7"],
  [
    "two places",
    [
      { start: 2, end: 2 },
      { start: 5, end: 5 },
    ],
    "1: 1 >2 3 4 >5 6",
  ],
  ["a range that ends before it begins", [{ start: 5, end: 0 }], "3: 3 4 >5 6 7"],
  ["a range beyond the end", [{ start: 8, end: 99 }], "7: 7 >8 >9"],
  ["no range", [], undefined],
  ["a range outside", [{ start: 10, end: 10 }], undefined],
  ["a range before the text", [{ start: 0, end: 0 }], undefined],
])("%s", (_name, ranges, expected) => {
  expect(shown(ranges)).toBe(expected);
});

test("lines cannot move the cursor, and long ones are cut", () => {
  const excerpt = cutExcerpt("D", `\u001b[31mred\r\n${"x".repeat(10_000)}`, [{ start: 1, end: 1 }]);
  expect(excerpt?.lines[0]?.text).toBe("red");
  expect(excerpt?.lines[1]?.text.length).toBeLessThan(600);
});

test("a range of a million lines shows a page of them", () => {
  const source = "x\n".repeat(1_000_000);
  expect(cutExcerpt("D", source, [{ start: 10, end: 900_000 }])?.lines.length).toBeLessThan(100);
});
