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
    "[a] oci: failed after 0.9s",
    "[b] oci: not built: it needs a (oci)",
    "[c] oci: cancelled because another build failed",
  ]);
});

test("why a step failed is left to the summary where that tells it, and told here where it does not", () => {
  const failing = (build: string, digest: string) =>
    step(build, digest, `RUN ${digest}`, { started: startedAt, completed: startedAt + 500, error: `${digest} broke` });
  const lines = rendered(
    runStarted("a", "b", "c"),
    failing("a", "one"),
    failing("b", "two"),
    failing("c", "three"),
    ended("a", failed({ step: { digest: "one", name: "RUN one" }, message: "one broke" })),
    ended("b", failed({ step: { digest: "two", name: "RUN two" }, message: "two broke" })),
    ended("c", { status: "cancelled", reason: "another-build-failed" }),
  );
  expect(lines.filter((line) => /ERROR|failed|cancelled/.test(line))).toEqual([
    "#1 ERROR",
    "[a] oci: failed after 0.9s",
    "#2 ERROR",
    "[b] oci: failed after 0.9s",
    "#3 ERROR: three broke",
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

test("a step that only was looked up in the cache is closed when it has run", () => {
  const name = "[internal] load build context";
  const lookUp = { started: startedAt, completed: startedAt };
  const lines = rendered(
    runStarted("app"),
    step("app", "d1", name, lookUp),
    step("app", "d2", "COPY . /", lookUp),
    step("app", "d1", name, { started: startedAt }),
    log("app", "d1", "sent\n"),
    step("app", "d1", name, { started: startedAt, completed: startedAt + 1500 }),
    step("app", "d3", "RUN make", { started: startedAt + 1500 }),
    log("app", "d3", "made\n", startedAt + 1600),
  );
  expect(lines.slice(1)).toEqual([
    `#1 [app] ${name}`,
    "#2 [app] COPY . /",
    "#1 0.000 sent",
    "#1 DONE 1.5s",
    "#3 [app] RUN make",
    "#2 DONE 0.0s",
    "#3 0.100 made",
  ]);
});

test("what is told of a step just after its end comes before its last line", () => {
  const exporting = { started: startedAt, completed: startedAt + 30 };
  const lines = rendered(
    runStarted("app"),
    step("app", "d1", "exporting", { started: startedAt }),
    step("app", "d1", "exporting", exporting),
    {
      type: "step-status",
      at: startedAt + 31,
      build: "app",
      step: "d1",
      id: "s",
      name: "sending tarball",
      current: 0,
      total: 0,
      ...exporting,
    },
    ended("app", succeeded()),
  );
  expect(lines.slice(2)).toEqual(["#1 sending tarball 0.0s done", "#1 DONE 0.0s", "[app] oci: done in 1.2s"]);
});

test("a run of several builds ends with their count; a build that could not begin names the target it needed", () => {
  const lines = rendered(
    runStarted("base#0:oci", "app#0:oci"),
    ended("base#0:oci", failed()),
    ended("app#0:oci", { status: "blocked", by: "base#0:oci" }),
    { type: "run-ended", at: startedAt + 2500 },
  );
  expect(lines.slice(-2)).toEqual(["[app#0] oci: not built: it needs base#0 (oci)", "0 of 2 builds succeeded, 2.5s"]);
});
