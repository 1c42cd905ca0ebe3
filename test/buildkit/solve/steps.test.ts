import { expect, test } from "vitest";
import { Redaction } from "../../../src/base/redaction.ts";
import { StatusResponse, type Vertex } from "../../../src/buildkit/gen/control.ts";
import { Steps } from "../../../src/buildkit/solve/steps.ts";
import type { BuildEvent } from "../../../src/events/event.ts";

function follow(done?: Steps): {
  readonly steps: Steps;
  readonly events: BuildEvent[];
  readonly say: (...vertexes: Partial<Vertex>[]) => void;
} {
  const events: BuildEvent[] = [];
  const redaction = new Redaction();
  redaction.add("s3cret");
  const steps = new Steps({
    build: "app#0",
    emit: (event) => events.push(event),
    now: () => 5,
    redaction,
    sourceName: () => "shown",
    ...(done === undefined ? {} : { done }),
  });
  return { steps, events, say: (...vertexes) => steps.accept(StatusResponse.create({ vertexes })) };
}

const at = (seconds: number) => ({ seconds: BigInt(seconds), nanos: 500_000_000 });

test("a step is told with all that is known of it", () => {
  const { events, say, steps } = follow();
  say({ digest: "a", name: "[1/2] RUN s3cret\u001b[0m", inputs: ["z"] });
  say({
    digest: "a",
    name: "[1/2] RUN s3cret",
    inputs: ["z"],
    started: at(1),
    completed: at(2),
    error: "exit code: 1",
  });
  expect(events[1]).toEqual({
    ...{ type: "step", at: 5, build: "app#0", digest: "a", name: "[1/2] RUN ***", inputs: ["z"], cached: false },
    ...{ started: 1500, completed: 2500, error: "exit code: 1" },
  });
  expect(steps.nameOf("a")).toBe("[1/2] RUN ***");
});

test("what a build that is repeated has done is cached here, and its output is not told again", () => {
  const first = follow();
  first.say({ digest: "a", inputs: ["z"], started: at(1), completed: at(2) }, { digest: "b", inputs: ["a"] });
  const { steps, events, say } = follow(first.steps);
  say({ digest: "a", name: "RUN", inputs: ["z"], started: at(1), completed: at(2) });
  steps.accept(
    StatusResponse.create({
      logs: [{ vertex: "a", stream: 1n, msg: Buffer.from("said\n"), timestamp: undefined }],
      statuses: [{ vertex: "a", ID: "extracting" }],
    }),
  );
  expect(events).toEqual([
    {
      ...{ type: "step", at: 5, build: "app#0", digest: "a", name: "RUN", inputs: ["z"], cached: true },
      ...{ started: 5, completed: 5 },
    },
  ]);
  expect(steps.cachedBeside([])).toBe(true);
  say({ digest: "b", inputs: ["a"], started: at(3), completed: at(4) });
  expect(steps.cachedBeside([])).toBe(false);
});

test.each<[string, boolean, readonly Partial<Vertex>[]]>([
  ["nothing has run", true, []],
  ["only what every build does has run", true, [{ digest: "a", started: at(1), completed: at(2) }]],
  ["every step was cached", true, [{ digest: "a", inputs: ["b"], cached: true, started: at(1) }]],
  [
    "a step ran",
    false,
    [
      { digest: "a", inputs: ["b"], cached: true },
      { digest: "c", inputs: ["a"], started: at(1) },
    ],
  ],
  ["a step never started", true, [{ digest: "a", inputs: ["b"] }]],
])("a build is cached when %s: %s", (_name, cached, vertexes) => {
  const { steps, say } = follow();
  say(...vertexes);
  expect(steps.cachedBeside([])).toBe(cached);
});

test("steps of a build that is linked to count for that one only", () => {
  const parent = follow();
  const child = follow();
  const ran = { digest: "a", inputs: ["z"], started: at(1), completed: at(2) };
  parent.say(ran);
  child.say(ran, { digest: "b", inputs: ["a"], cached: true, started: at(3) });
  expect(parent.steps.cachedBeside([])).toBe(false);
  expect(child.steps.cachedBeside([parent.steps])).toBe(true);
  child.say({ digest: "c", inputs: ["b"], started: at(4) });
  expect(child.steps.cachedBeside([parent.steps])).toBe(false);
});

test("the step to blame is the one that failed, not those that were cancelled for it", () => {
  const { steps, say } = follow();
  say(
    { digest: "a", name: "A", error: "context canceled: context canceled" },
    { digest: "b", name: "B", error: "exit code: 1" },
  );
  expect(steps.failed).toMatchObject({ digest: "b", name: "B" });
});

test("output, counts and warnings are told", () => {
  const { steps, events } = follow();
  steps.accept(
    StatusResponse.create({
      logs: [
        { vertex: "a", stream: 1n, msg: Buffer.from("out\n") },
        { vertex: "a", stream: 2n, msg: Buffer.from("err\n") },
      ],
      statuses: [{ ID: "layer", vertex: "a", current: 3n, total: 9n, started: at(1) }],
      warnings: [
        {
          ...{
            vertex: "a",
            level: 1n,
            short: Buffer.from("Rule: text"),
            detail: [Buffer.from("more")],
            url: "https://h",
          },
          info: { filename: "Dockerfile", data: Buffer.from("FROM x\nRUN y") },
          ranges: [{ start: { line: 2 }, end: { line: 2 } }],
        },
      ],
    }),
  );
  expect(events).toMatchObject([
    { type: "step-status", id: "layer", name: "layer", current: 3, total: 9, started: 1500 },
    { type: "step-log", stream: "stdout", data: Buffer.from("out\n") },
    { type: "step-log", stream: "stderr" },
    { type: "step-warning", message: "Rule: text", detail: ["more"], excerpt: { file: "shown", firstLine: 1 } },
  ]);
});
