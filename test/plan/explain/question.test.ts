import { describe, expect, it } from "vitest";
import type { Explanation } from "../../../src/plan/explain/explanation.ts";
import { answer, parseQuestion } from "../../../src/plan/explain/question.ts";

const explanation: Explanation = {
  target: "app",
  ancestors: [],
  values: [
    { attribute: "args", key: "A", value: "1", steps: [] },
    { attribute: "args", key: "LONG_NAME", value: "2", steps: [] },
    { attribute: "labels", key: "org.example", value: "3", steps: [] },
    { attribute: "tags", value: ["x"], steps: [] },
  ],
};

function answered(text: string): string {
  const found = answer(explanation, parseQuestion(text));
  if (!found.ok) return `${found.message} [${found.hint}]`;
  return found.explanation.values.map(({ attribute, key, note }) => [attribute, key, note].join(" ").trim()).join(", ");
}

describe("a question", () => {
  it.each([
    ["app", { target: "app" }],
    ["app.tags", { target: "app", attribute: "tags" }],
    ["*.labels.org.example.x", { target: "*", attribute: "labels", key: "org.example.x" }],
  ])("%s", (text, expected) => {
    expect(parseQuestion(text)).toEqual(expected);
  });

  it.each([
    ["app", "args A, args LONG_NAME, labels org.example, tags"],
    ["app.args", "args A, args LONG_NAME"],
    ["app.labels.org.example", "labels org.example"],
    ["app.platforms", "platforms  not set: built for the platform of the node that builds it"],
    ["app.ulimits", "ulimits  not set"],
    ["app.args.LONG_NAEM", 'app has no args.LONG_NAEM [did you mean "LONG_NAME"?]'],
    ["app.args.Q", 'app has no args.Q [did you mean "A"?]'],
    ["app.args.OTHER", "app has no args.OTHER [it has A and LONG_NAME]"],
    ["app.tags.0", "app has no tags.0 [it is set as a whole: app.tags]"],
    ["app.secret.x", "app has no secret.x [secret is not set at all]"],
    ["app.tag", 'a target has no attribute "tag" [did you mean "tags"?]'],
    ["app.stage", 'a target has no attribute "stage" [did you mean "target"?]'],
    ["app.matrix", "matrix makes the target itself [ask for the target to see its cell]"],
  ])("%s is answered with: %s", (text, expected) => {
    expect(answered(text)).toBe(expected);
  });
});
