import { expect, test } from "vitest";
import { parseFilters } from "../../../src/cli/history/filter.ts";
import { nowMs, record } from "./records.ts";

const failed = record({ ref: "bad", status: "error" }, { "vcs:source": "https://example.test/team/app.git" });
const old = record({ ref: "old", createdMs: nowMs - 7_200_000, completedMs: nowMs - 3_600_000 });
const good = record();

test.each([
  [["status=error"], ["bad"]],
  [["status!=error"], ["old", "abc"]],
  [["status=error,ref=old"], ["bad", "old"]],
  [["status!=error", "ref=old"], ["old"]],
  [["name=app"], ["bad"]],
  [["repository=https://example.test/team/app.git"], ["bad"]],
  [["startedAt>5m"], ["bad", "abc"]],
  [["startedAt<2026-01-31T11:00:00Z"], ["old"]],
  [["completedAt<30m"], ["old"]],
  [["duration>=1h"], ["old"]],
  [["duration<1m"], ["bad", "abc"]],
])("%j lets through %j", (filters, refs) => {
  const filter = parseFilters(filters);
  expect([failed, old, good].filter((one) => filter(one, nowMs)).map(({ ref }) => ref)).toEqual(refs);
});

test.each([
  ["statuss=error", "there is no such filter", 'did you mean "status"?'],
  ["status", "there is no such filter", "write status=VALUE"],
  ["constructor=x", "there is no such filter", expect.stringContaining("one of ref,")],
  ["status>error", "status has no order", "write status=VALUE or status!=VALUE"],
  [
    "startedAt>soon",
    '"soon" is neither a duration nor a time',
    "write startedAt>24h or startedAt>2026-01-31T12:00:00Z",
  ],
  ["duration>long", '"long" is no duration', "write duration>1m30s"],
])("%s is refused: %s", (filter, message, hint) => {
  expect(() => parseFilters([filter])).toThrow(
    expect.objectContaining({ message: `--filter ${filter}: ${message}`, hint }),
  );
});
