import { expect, test } from "vitest";
import { FailureSummary } from "../../src/progress/failure-summary.ts";
import { rawJson } from "../../src/progress/raw-json.ts";
import { buildStarted, ended, failed, log, plainStyle, runStarted, startedAt, step, succeeded } from "./run.ts";

test("a failure is told with its step, its last lines and the lines of the Dockerfile, equal ones together", () => {
  const summary = new FailureSummary();
  const outcome = failed({
    message: "process /bin/sh -c make did not complete: exit code: 2",
    step: { digest: "d", name: "[2/2] RUN make" },
    excerpts: [
      {
        file: "Dockerfile",
        firstLine: 9,
        lines: [
          { text: "FROM base", marked: false },
          { text: "RUN make", marked: true },
          { text: "", marked: false },
        ],
      },
    ],
    hint: "look at the Makefile",
  });
  for (const event of [
    runStarted("api:oci", "api:local", "web:oci", "x:oci"),
    buildStarted("api:oci"),
    step("api:oci", "d", "[2/2] RUN make", { started: startedAt }),
    log("api:oci", "d", "cc main.c\nno rule to make target\n"),
    ended("api:oci", outcome),
    ended("api:local", outcome),
    ended("web:oci", { status: "blocked", by: "api" }),
    ended("x:oci", succeeded()),
  ]) {
    summary.handle(event);
  }
  expect(summary.render(plainStyle)).toBe(
    [
      "ERROR api (oci) and api (local): process /bin/sh -c make did not complete: exit code: 2",
      "  step: [2/2] RUN make",
      "  │ cc main.c",
      "  │ no rule to make target",
      "  Dockerfile:10",
      "     9 │ FROM base",
      "  > 10 │ RUN make",
      "  help: look at the Makefile",
      "",
      "NOT BUILT web (oci): it needs api",
      "",
    ].join("\n"),
  );
});

test("outputs of one type are told apart by their destinations, and what exports nothing is told so", () => {
  const summary = new FailureSummary();
  const builds = [
    { id: "1", target: "a", exporter: "oci", destination: "out/a.tar" },
    { id: "2", target: "a", exporter: "oci", destination: "out/b.tar" },
    { id: "3", target: "a", exporter: "local", destination: "out" },
    { id: "4", target: "b", exporter: "none" },
  ];
  summary.handle({ type: "run-started", at: startedAt, builder: "docker", builds });
  for (const { id } of builds) summary.handle(ended(id, { status: "blocked", by: "4" }));
  expect(summary.render(plainStyle)).toBe(
    [
      "NOT BUILT a (oci → out/a.tar): it needs b (no output)",
      "NOT BUILT a (oci → out/b.tar): it needs b (no output)",
      "NOT BUILT a (local): it needs b (no output)",
      "NOT BUILT b (no output): it needs b (no output)",
      "",
    ].join("\n"),
  );
});

test("nothing is told of a run that went well", () => {
  const summary = new FailureSummary();
  for (const event of [runStarted("a"), ended("a", succeeded())]) summary.handle(event);
  expect(summary.render(plainStyle)).toBe("");
});

test("raw JSON has the peer's shape for what the peer knows", () => {
  expect(rawJson(step("a", "sha256:1", "RUN x", { started: 0, completed: 1500 }))).toMatchObject({
    vertexes: [
      { digest: "sha256:1", name: "RUN x", started: "1970-01-01T00:00:00.000Z", completed: "1970-01-01T00:00:01.500Z" },
    ],
  });
  expect(rawJson(log("a", "d", "hi\n"))).toMatchObject({ logs: [{ vertex: "d", stream: 1, data: "aGkK" }] });
  expect(JSON.stringify(rawJson(ended("a", succeeded({ response: new Map([["k", "v"]]) }))))).toContain(
    '"response":{"k":"v"}',
  );
});

test("of several places each says what is wrong there", () => {
  const summary = new FailureSummary();
  const at = (firstLine: number, text: string, note: string) => ({
    file: "Dockerfile",
    firstLine,
    lines: [{ text, marked: true }],
    note,
  });
  const excerpts = [at(2, "COPYY a /", "there is no instruction"), at(4, "ENV A", "no\nvalue")];
  for (const event of [
    runStarted("api:oci"),
    buildStarted("api:oci"),
    ended("api:oci", failed({ message: "two mistakes", excerpts })),
  ]) {
    summary.handle(event);
  }
  const lines = summary.render(plainStyle).split("\n");
  expect(lines).toContain("  Dockerfile:2: there is no instruction");
  expect(lines.filter((line) => line.startsWith("  Dockerfile:4: no"))).toEqual(["  Dockerfile:4: no value"]);
});
