import { expect, test } from "vitest";
import { alignHistory, formatSeconds } from "../../src/oci/history.ts";

const now = "2025-01-01T00:00:00Z";
const comment = "buildkit.exporter.image.v0";

test.each([
  ["nothing", [], 0, []],
  [
    "layers that no entry tells of",
    [{ created_by: "a" }],
    2,
    [
      { created_by: "a", created: now },
      { comment, created: now },
    ],
  ],
  [
    "entries without their layer",
    [{ created_by: "a" }, { created_by: "b" }],
    1,
    [
      { created_by: "a", created: now },
      { created_by: "b", created: now, empty_layer: true },
    ],
  ],
  [
    "entries without a time: that of the nearest before, or the first there is",
    [
      { created_by: "a", empty_layer: true },
      { created_by: "b", created: "2020-01-01T00:00:00Z" },
      { created_by: "c", empty_layer: true },
      { created_by: "d", created: "2021-01-01T00:00:00Z" },
    ],
    2,
    [
      { created_by: "a", empty_layer: true, created: "2020-01-01T00:00:00Z" },
      { created_by: "b", created: "2020-01-01T00:00:00Z" },
      { created_by: "c", empty_layer: true, created: "2020-01-01T00:00:00Z" },
      { created_by: "d", created: "2021-01-01T00:00:00Z" },
    ],
  ],
])("a history has an entry for each layer and times: %s", (_, history, layers, expected) => {
  expect(alignHistory(history, { layers, now })).toEqual(expected);
});

test("no entry is later than the epoch, and earlier ones stay", () => {
  const history = [{ created: "2019-01-01T00:00:00Z" }, { created: "2024-01-01T00:00:00+02:00" }];
  expect(alignHistory(history, { layers: 2, now, latest: "2023-01-01T00:00:00Z" })).toEqual([
    { created: "2019-01-01T00:00:00Z" },
    { created: "2023-01-01T00:00:00Z" },
  ]);
});

test("seconds are written without a fraction", () => {
  expect(formatSeconds(1_700_000_000)).toBe("2023-11-14T22:13:20Z");
  expect(formatSeconds(-1)).toBe("1969-12-31T23:59:59Z");
});
