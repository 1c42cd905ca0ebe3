import { describe, expect, test } from "vitest";
import { problemsOf, summary } from "./parsing.ts";

const hints = (text: string) => problemsOf(text).map(({ hint }) => hint);

test("all that is wrong is told at once, each at the very words", () => {
  const text = [
    "# escape=%",
    "RUN too early",
    "FROM a AS b c",
    "COPPY a b",
    "COPY --form=x a \\",
    "  b",
    "ENV A=1 \\",
    "  B",
    "HEALTHCHECK --interval=soon CMD x",
    "FROM scratch AS 1st",
    "COPY <<EOF /x",
    "never ends",
  ].join("\n");
  expect(problemsOf(text).map(summary)).toEqual([
    '1:10 dockerfile/invalid-escape "%"',
    '2:1 dockerfile/before-from "RUN"',
    '3:11 dockerfile/from-arguments "b c"',
    '4:1 dockerfile/unknown-instruction "COPPY"',
    '5:6 dockerfile/unknown-flag "--form=x"',
    '8:3 dockerfile/missing-equals "B"',
    '9:24 dockerfile/invalid-duration "soon"',
    '10:17 dockerfile/invalid-stage-name "1st"',
    '11:1 dockerfile/unterminated-heredoc "COPY <<EOF /x"',
  ]);
});

describe("a way out", () => {
  test.each([
    ["FROM scratch\ncoppy a b", "did you mean copy?"],
    ["FROM scratch\nCOPY --form=x a b", 'did you mean "--from"?'],
    ["FROM scratch\nUSER --x=1 y", "it has no flags"],
    ["FROM scratch\nRUN --network=nome x", 'did you mean "none"?'],
    ["FROM scratch\nRUN --mount=type=bin,target=/x y", 'did you mean "bind"?'],
    ["FROM alpine build", "to name the stage, write FROM alpine AS NAME"],
    ["FROM scratch\nENV DEBUG", "write ENV DEBUG=value"],
  ])("%j: %s", (text, hint) => {
    expect(hints(text)).toEqual([hint]);
  });
});

test("a trigger that cannot be read as such is an error, one that fails later a warning", () => {
  const severities = (text: string) => problemsOf(text).map(({ severity }) => severity);
  expect(severities("FROM scratch\nONBUILD ENV a")).toEqual(["error"]);
  expect(severities("FROM scratch\nONBUILD COPY a")).toEqual(["warning"]);
});

test("only the first instruction before FROM is told of", () => {
  expect(problemsOf("RUN a\nRUN b\nFROM scratch").map(summary)).toEqual(['1:1 dockerfile/before-from "RUN"']);
});
