import { expect, test } from "vitest";
import { renderTrees } from "../../src/cli/render-tree.ts";

test("columns are aligned over branches, and rows without them do not count", () => {
  const text = renderTrees([
    { text: "a row without places that is longer than the others", children: [{ text: "child" }] },
    {
      text: "first",
      place: "file:1",
      remark: "why",
      children: [
        { text: "below", place: "x", remark: "because", children: [{ text: "deep", place: "there" }] },
        { text: "宽", remark: "wide" },
      ],
    },
  ]);
  expect(text).toBe(
    [
      "a row without places that is longer than the others",
      "└─ child",
      "first       file:1  why",
      "├─ below    x       because",
      "│  └─ deep  there",
      "└─ 宽               wide",
      "",
    ].join("\n"),
  );
});

test("a row that is too long does not push the others away", () => {
  const text = renderTrees([
    { text: "x".repeat(100), place: "far" },
    { text: "short", place: "near" },
  ]);
  expect(text).toBe(`${"x".repeat(100)}  far\nshort  near\n`);
});

test("what would move the cursor is taken out", () => {
  expect(renderTrees([{ text: "a\u001b[2Jb", place: "c\u0007d" }])).toBe("ab  cd\n");
});
