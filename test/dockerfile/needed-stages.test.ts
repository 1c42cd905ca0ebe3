import { expect, test } from "vitest";
import { neededStages } from "../../src/dockerfile/needed-stages.ts";
import { parsed } from "./parsing.ts";

const file = parsed(
  [
    "FROM scratch AS a",
    "FROM a AS b",
    "FROM scratch AS c",
    "COPY --from=B /x /y",
    "FROM scratch AS a",
    "FROM scratch AS d",
    "RUN --mount=from=c,target=/c true",
    "FROM a",
    "COPY --from=1 / /",
    "COPY --from=later / /",
    "FROM scratch AS later",
  ].join("\n"),
);

test.each<[string | undefined, readonly number[]]>([
  [undefined, [6]],
  ["", [6]],
  ["A", [3]],
  ["b", [0, 1]],
  ["D", [0, 1, 2, 4]],
  ["5", [0, 1, 3, 5]],
  ["7", []],
  ["none", []],
])("%s is made from %j", (wanted, indices) => {
  expect(neededStages(file, wanted).map((stage) => stage.index)).toEqual(indices);
});

test("a long chain of stages is followed to its end", () => {
  const links = Array.from({ length: 20_000 }, (_, i) => `FROM s${i} AS s${i + 1}\n`).join("");
  expect(neededStages(parsed(`FROM scratch AS s0\n${links}`), undefined)).toHaveLength(20_001);
});
