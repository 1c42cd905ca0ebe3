import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { displayWidth, fitWidth } from "../../src/progress/display-width.ts";
import { formatDuration, formatSize } from "../../src/progress/format.ts";
import type { ProgressClock } from "../../src/progress/renderer.ts";
import { RunModel } from "../../src/progress/run-model.ts";
import { createTtyRenderer } from "../../src/progress/tty.ts";
import { layoutRun } from "../../src/progress/tty-layout.ts";
import { buildStarted, ended, failed, log, plainStyle, runStarted, Sink, startedAt, step, succeeded } from "./run.ts";

const layout = { columns: 70, rows: 20, now: startedAt + 3000, tick: 0, style: plainStyle, final: false };

function modelOf(...events: readonly Parameters<RunModel["apply"]>[0][]): RunModel {
  const model = new RunModel();
  for (const event of events) model.apply(event);
  return model;
}

test("a build is one line with what it is doing, its last output below", () => {
  const model = modelOf(
    runStarted("api", "web:local"),
    buildStarted("api"),
    step("api", "1", "[1/2] COPY . /", { started: startedAt, completed: startedAt }),
    step("api", "2", "[2/2] RUN make", { started: startedAt + 1000 }),
    log("api", "2", "compiling\nlinking\n"),
  );
  expect(layoutRun(model, layout)).toEqual([
    "Building on docker: 0 of 2 done, 3.0s",
    "⠋  api  oci    1/2  2.0s  [2/2] RUN make",
    "     │ compiling",
    "     │ linking",
    "   web  local  waiting",
  ]);
});

test("in a narrow terminal the address of the builder makes room for the count", () => {
  const model = modelOf({
    type: "run-started",
    at: startedAt,
    builder: "docker (unix:///run/user/1000/docker.sock)",
    builds: [{ id: "api", target: "api", exporter: "oci" }],
  });
  const header = (columns: number) => layoutRun(model, { ...layout, columns })[0];
  expect(header(79)).toBe("Building on docker (unix:///run/user/1000/docker.sock): 0 of 1 done, 3.0s");
  expect(header(40)).toBe("Building on docker: 0 of 1 done, 3.0s");
});

test("text from outside cannot leave its line", () => {
  const outside = "first\n\tsecond\x1b[2J\r";
  const model = modelOf(
    runStarted(`api:${outside}`, "web"),
    buildStarted(`api:${outside}`),
    buildStarted("web"),
    ended(`api:${outside}`, failed({ message: outside })),
    { type: "transfer", at: startedAt, build: "web", name: outside, bytes: 1000, done: false },
  );
  expect(layoutRun(model, layout)).toEqual([
    "Building on docker: 1 of 2 done, 3.0s",
    expect.stringMatching(/^✘ {2}api {2}first second {2}failed after [\d.]+s: first second$/),
    expect.stringMatching(/^⠋ {2}web {2}oci {10} {0,2}sending first second: 1\.0kB$/),
  ]);
});

test("a failed build shows its step and its last lines", () => {
  const model = modelOf(
    runStarted("api"),
    buildStarted("api"),
    step("api", "2", "[2/2] RUN make", { started: startedAt, completed: startedAt + 500, error: "exit code: 2" }),
    log("api", "2", "no rule\n"),
    ended("api", failed({ message: "exit code: 2" })),
  );
  expect(layoutRun(model, layout)).toEqual([
    "Building on docker: 1 of 1 done, 3.0s",
    "✘  api  oci  failed after 0.9s: exit code: 2",
    "     [2/2] RUN make",
    "     │ no rule",
  ]);
});

test("what does not fit is counted; failed and running builds stay", () => {
  const ids = Array.from({ length: 50 }, (_, i) => `t${i}`);
  const model = modelOf(
    runStarted(...ids),
    buildStarted("t40"),
    step("t40", "x", "RUN long", { started: startedAt }),
    ended("t3", succeeded()),
    ended("t45", failed()),
  );
  const lines = layoutRun(model, { ...layout, rows: 6 });
  expect(lines).toHaveLength(6);
  expect(lines.join("\n")).toMatch(/t40[\s\S]*t45/);
  expect(lines.at(-1)).toBe("  … and 46 more");
});

test("no line is wider than the terminal and no frame higher, whatever happens", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 120 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(text, text, fc.boolean()), { maxLength: 12 }),
      fc.integer({ min: 12, max: 120 }),
      fc.integer({ min: 4, max: 30 }),
      (builds, columns, rows) => {
        const model = modelOf(runStarted(...builds.map((_, i) => `target-${i}`)));
        builds.forEach(([name, output, done], i) => {
          model.apply(buildStarted(`target-${i}`));
          model.apply(step(`target-${i}`, "d", name, { started: startedAt }));
          model.apply(log(`target-${i}`, "d", `${output}\n`));
          if (done) model.apply(ended(`target-${i}`, failed({ message: output })));
        });
        const lines = layoutRun(model, { ...layout, columns, rows });
        expect(lines.length).toBeLessThanOrEqual(rows);
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(Math.max(columns, 30));
      },
    ),
  );
});

describe("the terminal renderer", () => {
  test("redraws in place, prints messages above, and gives the cursor back", () => {
    const sink = new Sink();
    let tick = (): void => {};
    let now = startedAt;
    const clock: ProgressClock = {
      now: () => now,
      every: (_, callback) => {
        tick = callback;
        return () => {};
      },
    };
    const renderer = createTtyRenderer(sink, plainStyle, clock);
    renderer.handle(runStarted("api"));
    renderer.handle(buildStarted("api"));
    now += 1000;
    tick();
    renderer.handle({ type: "message", at: now, level: "warning", text: "careful" });
    renderer.handle(ended("api", succeeded()));
    renderer.handle({ type: "run-ended", at: now });
    expect(sink.text).toContain("\u001b[?25l");
    expect(sink.text.endsWith("\u001b[?25h")).toBe(true);
    expect(screenOf(sink.text)).toEqual([
      "warning: careful",
      "Built on docker: 1 of 1 succeeded, 1.0s",
      "✔  api  oci  done in 1.2s",
    ]);
  });
});

/** What a terminal shows after these writes: knows the few sequences the frame uses. */
function screenOf(text: string): string[] {
  const screen: string[] = [""];
  let row = 0;
  for (const [token] of text.matchAll(/\u001b\[\??\d*[a-zA-Z]|\n|\r|[^\u001b\n\r]+/g)) {
    if (token === "\n") screen[++row] ??= "";
    else if (token === "\u001b[J") screen.splice(row, screen.length, "");
    else if (token.endsWith("A")) row -= Number(token.slice(2, -1));
    else if (token.startsWith("\u001b") || token === "\r") continue;
    else screen[row] = token;
  }
  return screen.filter((line) => line !== "");
}

test.each([
  [0, "0.0s"],
  [59_949, "59.9s"],
  [123_000, "2m03s"],
  [3_720_000, "1h02m"],
])("%d ms is %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [999, "999B"],
  [1000, "1.0kB"],
  [34_500_000, "34.5MB"],
  [999_950, "1.0MB"],
])("%d bytes are %s", (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});

test("wide characters count two columns", () => {
  expect(displayWidth("漢字")).toBe(4);
  expect(fitWidth("漢字漢字", 5)).toBe("漢字…");
});

test("a terminal that does not know its size is taken for one of 80 columns", () => {
  const sink = new Sink();
  sink.columns = 0;
  sink.rows = 0;
  const renderer = createTtyRenderer(sink, plainStyle, { now: () => startedAt, every: () => () => {} });
  renderer.handle(runStarted("api"));
  expect(sink.text).toContain("Building on docker: 0 of 1 done, 0.0s");
  renderer.close();
});
