import { expect, test } from "vitest";
import type { Outcome } from "../../src/events/event.ts";
import { backoffMs } from "../../src/execute/backoff.ts";
import { exitCodeOf } from "../../src/execute/exit-code.ts";
import type { OnFailure } from "../../src/execute/scheduler.ts";

const cached: Outcome = { status: "succeeded", durationMs: 1, cached: true, response: new Map(), published: [] };
const published: Outcome = { ...cached, published: ["app.tar"] };
const failed: Outcome = { status: "failed", durationMs: 1, code: "x", message: "x", excerpts: [], environment: false };
const environment: Outcome = { ...failed, environment: true };
const late: Outcome = { status: "timed-out", limitMs: 1 };
const blocked: Outcome = { status: "blocked", by: "a#0" };
const interrupted: Outcome = { status: "cancelled", reason: "interrupted" };
const stopped: Outcome = { status: "cancelled", reason: "another-build-failed" };

test.each<{
  readonly name: string;
  readonly outcomes: readonly Outcome[];
  readonly onFailure?: OnFailure;
  readonly is: number;
}>([
  { name: "nothing to do", outcomes: [], is: 0 },
  { name: "all done", outcomes: [cached, published], is: 0 },
  { name: "skipped is no failure", outcomes: [{ status: "skipped", reason: "unchanged" }], is: 0 },
  { name: "one failed, the others stopped", outcomes: [published, failed, stopped, blocked], is: 1 },
  { name: "one took too long", outcomes: [late], is: 1 },
  { name: "only the environment failed", outcomes: [environment, blocked], is: 3 },
  { name: "a build failed, the environment too", outcomes: [environment, failed], is: 1 },
  { name: "some published with continue", outcomes: [published, failed], onFailure: "continue", is: 4 },
  { name: "some succeeded without publishing anything", outcomes: [cached, failed], onFailure: "continue", is: 1 },
  { name: "interrupted, whatever else", outcomes: [published, failed, interrupted], onFailure: "continue", is: 130 },
])("$name exits with $is", ({ outcomes, onFailure = "stop", is }) => {
  expect(exitCodeOf({ outcomes: new Map(outcomes.map((outcome, index) => [`t${index}#0`, outcome])), onFailure })).toBe(
    is,
  );
});

test("the pause before a retry doubles up to half a minute, and is spread over its upper half", () => {
  expect([1, 2, 3, 6, 99].map((retry) => backoffMs(retry, 0))).toEqual([500, 1000, 2000, 15_000, 15_000]);
  expect([1, 2, 3, 6, 99].map((retry) => backoffMs(retry, 1))).toEqual([1000, 2000, 4000, 30_000, 30_000]);
});
