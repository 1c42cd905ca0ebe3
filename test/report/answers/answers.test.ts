import { describe, expect, test } from "vitest";
import type { Outcome } from "../../../src/events/event.ts";
import type { Plan, Target } from "../../../src/plan/plan.ts";
import { type Answer, answersOf, onlyAsks } from "../../../src/report/answers/answer.ts";
import { answersAsJson, renderAnswers, statusOfAnswers } from "../../../src/report/answers/render-answers.ts";
import { targetOf } from "../../buildkit/solve-request.ts";

const same = (text: string): string => text;
const style = { bold: same, dim: same, error: same, warning: same };
const dockerfile = "FROM scratch as x\nCOPY a /\nCOPY b /\nCOPY c /\nCOPY d /\n";

function planOf(...targets: readonly Target[]): Plan {
  return {
    groups: new Map(),
    targets: new Map(targets.map((target) => [target.name, target])),
    builds: targets.map(({ name }) => ({ id: `${name}#0`, target: name, links: new Map() })),
  };
}

function answered(response: Readonly<Record<string, string>>): Outcome {
  const entries = new Map(Object.entries(response));
  return { status: "succeeded", durationMs: 1, cached: false, published: [], response: entries };
}

function warning(ruleName: string, start: number, end: number = start): object {
  return {
    ruleName,
    detail: `${ruleName} is wrong`,
    url: `https://rules/${ruleName}`,
    location: locationOf(start, end),
  };
}

function locationOf(start: number, end: number): object {
  return { ranges: [{ start: { line: start }, end: { line: end } }] };
}

function lintOf(report: object, status = "0"): Outcome {
  const sources = [{ filename: "Dockerfile", data: Buffer.from(dockerfile).toString("base64") }];
  return answered({ "result.json": JSON.stringify({ sources, ...report }), "result.statuscode": status });
}

function ask(target: Partial<Target>, outcome: Outcome): readonly Answer[] {
  const asked = targetOf({ call: "check", ...target });
  return answersOf(planOf(asked), new Map([[`${asked.name}#0`, outcome]]));
}

describe("answers", () => {
  test("come from the targets that were asked, by name, and not from those that were built or cancelled", () => {
    const plan = planOf(
      targetOf({ name: "z", call: "outline" }),
      targetOf({ name: "built" }),
      targetOf({ name: "a", call: "lint" }),
      targetOf({ name: "late", call: "check" }),
    );
    const done = answered({ "result.txt": "words", "result.json": "{}" });
    const outcomes = new Map([
      ["z#0", done],
      ["built#0", done],
      ["a#0", done],
      ["late#0", { status: "cancelled", reason: "interrupted" } as const],
    ]);
    expect(answersOf(plan, outcomes).map(({ target, method }) => [target.name, method])).toEqual([
      ["a", "check"],
      ["z", "outline"],
    ]);
    expect(onlyAsks(plan)).toBe(false);
    expect(onlyAsks(planOf(targetOf({ call: "check" })))).toBe(true);
    expect(onlyAsks(planOf(targetOf({ call: "build" })))).toBe(false);
  });

  test("show warnings at their lines, in the order of the file, under the path people know", () => {
    const report = { warnings: [warning("Later", 4, 5), warning("Earlier", 3)] };
    const text = renderAnswers(ask({ context: "services/api", description: "the API" }, lintOf(report, "1")), style);
    expect(text).toBe(
      [
        "app",
        "the API",
        "",
        "Check complete, 2 warnings have been found!",
        "",
        "WARNING: Earlier - https://rules/Earlier",
        "Earlier is wrong",
        "services/api/Dockerfile:3",
        "--------------------",
        "   1 |     FROM scratch as x",
        "   2 |     COPY a /",
        "   3 | >>> COPY b /",
        "   4 |     COPY c /",
        "   5 |     COPY d /",
        "--------------------",
        "",
        "WARNING: Later - https://rules/Later",
        "Later is wrong",
        "services/api/Dockerfile:4",
        "--------------------",
        "   3 |     COPY b /",
        "   4 | >>> COPY c /",
        "   5 | >>> COPY d /",
        "   6 |     ",
        "--------------------",
        "",
      ].join("\n"),
    );
  });

  test("say that nothing was found, or what ended the checks early", () => {
    expect(renderAnswers(ask({}, lintOf({ warnings: null })), style)).toBe(
      "app\n\nCheck complete, no warnings found.\n",
    );
    const broken = ask(
      { dockerfileInline: dockerfile },
      lintOf({ buildError: { message: "no such stage", location: locationOf(1, 1) } }),
    );
    expect(renderAnswers(broken, style)).toContain("error: no such stage\ndockerfile-inline of app:1\n");
  });

  test("of other methods are the frontend's own text, without what would move the cursor", () => {
    const answer = ask({ call: "targets" }, answered({ "result.txt": "TARGET\n\u001b[2Jbase" }));
    expect(renderAnswers(answer, style)).toBe("app\n\nTARGET\nbase\n");
  });

  test.each([
    ["places outside the file", { warnings: [warning("R", 99), warning("R", 0)] }],
    ["sources that do not exist", { warnings: [{ ruleName: "R", location: { sourceIndex: 7, ranges: [{}] } }] }],
    ["nonsense", { warnings: [null, 3, "x", { location: [] }], buildError: {} }],
  ])("survive %s", (_, report) => {
    expect(renderAnswers(ask({}, lintOf(report)), style)).toContain("Check complete");
  });

  test("as JSON stand beside what would be built, with the error where there is no answer", () => {
    const plan = planOf(
      targetOf({ name: "a", call: "check" }),
      targetOf({ name: "b", call: "outline" }),
      targetOf({ name: "c" }),
    );
    const failed: Outcome = {
      status: "failed",
      durationMs: 1,
      code: "x",
      message: "no Dockerfile",
      excerpts: [],
      environment: false,
    };
    const outcomes = new Map([
      ["a#0", lintOf({ warnings: [], buildError: { message: "broken" } })],
      ["b#0", failed],
    ]);
    expect(JSON.parse(answersAsJson(plan, answersOf(plan, outcomes)))).toMatchObject({
      target: {
        a: { build: { context: "." }, check: { warnings: [], error: "broken" } },
        b: { build: { context: "." }, outline: { error: "no Dockerfile" } },
        c: { build: { context: "." } },
      },
    });
  });

  test.each([
    ["no status", lintOf({ warnings: [] }), false, 0],
    ["the frontend's status", lintOf({ warnings: [] }, "7"), false, 7],
    ["the frontend's status, ignored", lintOf({ warnings: [] }, "7"), true, 0],
    ["a status that is none", lintOf({ warnings: [] }, "4000"), false, 0],
    ["checks that ended early", lintOf({ buildError: { message: "x" } }, "7"), true, 1],
  ])("ask for an exit status: %s", (_, outcome, ignoreStatus, wanted) => {
    expect(statusOfAnswers(ask({}, outcome), { ignoreStatus })).toBe(wanted);
  });
});
