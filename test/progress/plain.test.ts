import { expect, test } from "vitest";
import type { BuildEvent } from "../../src/events/event.ts";
import { createPlainRenderer } from "../../src/progress/plain.ts";
import { buildStarted, ended, failed, log, runStarted, Sink, startedAt, step, succeeded } from "./run.ts";

function rendered(...events: readonly BuildEvent[]): string[] {
  const sink = new Sink();
  const renderer = createPlainRenderer(sink);
  for (const event of events) renderer.handle(event);
  renderer.close();
  return sink.text.trimEnd().split("\n");
}

test("a step is announced with its target, told line by line, and closed with its duration", () => {
  const run = { started: startedAt, completed: startedAt + 1500 };
  expect(
    rendered(
      runStarted("app"),
      buildStarted("app"),
      step("app", "d1", "[2/2] RUN make"),
      step("app", "d1", "[2/2] RUN make", { started: startedAt }),
      log("app", "d1", "one\ntw", startedAt + 250),
      log("app", "d1", "o\nrest", startedAt + 500),
      step("app", "d1", "[2/2] RUN make", run),
      ended("app", succeeded({ published: ["out/app.tar"] })),
    ),
  ).toEqual([
    "building 1 build on docker",
    "#1 [app] [2/2] RUN make",
    "#1 0.250 one",
    "#1 0.500 two",
    "#1 rest",
    "#1 DONE 1.5s",
    "[app] oci: done in 1.2s → out/app.tar",
  ]);
});

test("what a node runs once for several builds is told once", () => {
  const lines = rendered(
    runStarted("a", "b"),
    step("a", "shared", "RUN make", { started: startedAt }),
    step("b", "shared", "RUN make", { started: startedAt }),
    log("a", "shared", "hello\n"),
    log("b", "shared", "hello\n"),
    step("a", "shared", "RUN make", { started: startedAt, completed: startedAt }),
    step("b", "shared", "RUN make", { started: startedAt, completed: startedAt }),
  );
  expect(lines.filter((line) => line.includes("hello"))).toHaveLength(1);
  expect(lines.filter((line) => line.includes("DONE"))).toHaveLength(1);
});

test("cached steps of a repeated export are not told again", () => {
  const cached = { started: startedAt, completed: startedAt, cached: true };
  const lines = rendered(
    runStarted("a:oci", "a:local"),
    step("a:oci", "d1", "COPY . /", cached),
    step("a:local", "d2", "COPY . /", cached),
    step("a:local", "d3", "exporting to client directory", { started: startedAt, completed: startedAt }),
  );
  expect(lines).toContain("#1 CACHED");
  expect(lines.join("\n").match(/COPY/g)).toHaveLength(1);
  expect(lines.join("\n")).toContain("exporting to client directory");
});

test("failures and outcomes have words, without control characters", () => {
  const lines = rendered(
    runStarted("a", "b", "c"),
    step("a", "d", "RUN \u001b[2Jfalse", { started: startedAt, completed: startedAt, error: "exit\u0007 code: 1" }),
    ended("a", failed()),
    ended("b", { status: "blocked", by: "a" }),
    ended("c", { status: "cancelled", reason: "another-build-failed" }),
  );
  expect(lines).toEqual([
    "building 3 builds on docker",
    "#1 [a] RUN false",
    "#1 ERROR: exit code: 1",
    "[a] oci: failed after 0.9s: exit code: 1",
    "[b] oci: not built: it needs a",
    "[c] oci: cancelled because another build failed",
  ]);
});

test("a line that never ends is cut, not kept", () => {
  const lines = rendered(
    runStarted("a"),
    step("a", "d", "RUN yes", { started: startedAt }),
    ...Array.from({ length: 40 }, () => log("a", "d", "y".repeat(1000))),
  );
  expect(lines.some((line) => line.length > 16_000)).toBe(true);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(20_000);
});
