import { describe, expect, test } from "vitest";
import { buildFlags } from "../../src/cli/build-flags.ts";
import type { Flag } from "../../src/cli/flag.ts";
import { UsageError } from "../../src/cli/flag.ts";
import { parseFlags } from "../../src/cli/parse-flags.ts";

const flags: readonly Flag[] = [
  { name: "file", short: "f", kind: "list", placeholder: "FILE", description: "", group: "" },
  { name: "set", kind: "list", description: "", group: "" },
  { name: "no-cache", kind: "switch", description: "", group: "" },
  { name: "push", kind: "switch", description: "", group: "" },
  { name: "all", short: "a", kind: "switch", description: "", group: "" },
  { name: "debug", short: "D", kind: "switch", description: "", group: "" },
  { name: "progress", kind: "text", choices: ["auto", "plain"], description: "", group: "" },
];

describe("parseFlags", () => {
  test.each([
    [["a", "--push", "b"], { words: ["a", "b"], push: true }],
    [["--push=false", "a"], { words: ["a"], push: false }],
    [["--push=0"], { words: [], push: false }],
    [["--no-cache", "a"], { words: ["a"], "no-cache": true }],
    [
      ["-fone", "-f", "two", "-f=three", "--file", "four", "--file=five"],
      { words: [], file: ["one", "two", "three", "four", "five"] },
    ],
    [["--set", "a.args.X=1=2", "--set=b.tags+=c"], { words: [], set: ["a.args.X=1=2", "b.tags+=c"] }],
    [["--set", "--odd"], { words: [], set: ["--odd"] }],
    [["-f", "-", "a"], { words: ["a"], file: ["-"] }],
    [["a", "--", "--push", "b"], { words: ["a", "--push", "b"] }],
    [["1", "2.50"], { words: ["1", "2.50"] }],
    [["--progress=auto", "--progress", "plain"], { words: [], progress: "plain" }],
    [["--set", ""], { words: [], set: [""] }],
    [["-aD", "b"], { words: ["b"], all: true, debug: true }],
    [["-Dafone"], { words: [], all: true, debug: true, file: ["one"] }],
    [["-Daf", "one"], { words: [], file: ["one"] }],
    [["-Da=false"], { words: [], all: false, debug: true }],
  ])("reads %j", (words, wanted) => {
    const parsed = parseFlags(words, flags);
    const { words: wantedWords, ...rest } = wanted;
    expect(parsed.words).toEqual(wantedWords);
    for (const [name, value] of Object.entries(rest)) {
      const given =
        typeof value === "boolean" ? parsed.switch(name) : Array.isArray(value) ? parsed.list(name) : parsed.text(name);
      expect(given).toEqual(value);
    }
  });

  test("a flag that was not given has no value", () => {
    const parsed = parseFlags([], flags);
    expect([parsed.switch("push"), parsed.text("progress"), parsed.list("file")]).toEqual([undefined, undefined, []]);
  });

  test.each([
    [["--pussh"], "unknown flag --pussh", 'did you mean "--push"?'],
    [["-x"], "unknown flag -x", "tsbake COMMAND --help lists the flags of a command"],
    [["-ax"], "unknown flag -x", undefined],
    [["--set"], "flag --set needs a value", undefined],
    [["--push=maybe"], "flag --push is a switch", undefined],
    [["--progress=plian"], 'unknown value "plian"', 'did you mean "plain"?'],
    [["--push", "--pul"], "unknown flag --pul", undefined],
  ])("refuses %j", (words, message, hint) => {
    const refused = captured(() => parseFlags(words, flags));
    expect(refused?.message).toContain(message);
    if (hint !== undefined) expect(refused?.hint).toBe(hint);
  });
});

test("every flag of build is described once, and short names are not taken twice", () => {
  const names = buildFlags.map(({ name }) => name);
  const shorts = buildFlags.flatMap(({ short }) => short ?? []);
  expect(new Set(names).size).toBe(names.length);
  expect(new Set(shorts).size).toBe(shorts.length);
  expect(buildFlags.filter(({ description }) => description === "")).toEqual([]);
});

function captured(action: () => unknown): UsageError | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  return undefined;
}
