import { expect, test } from "vitest";
import { ignoreFilter, readIgnorePatterns } from "../../../src/dockerfile/ignore/ignore-filter.ts";

const source = (text: string) => ({ name: ".dockerignore", text });

test.each<[string, readonly string[]]>([
  ["a\n  b  \n\n#c\n # d\n", ["a", "b", "# d"]],
  ["./a\n/b\nc/\nd/../e\n/\n", ["a", "b", "c", "e", "/"]],
  ["! /a \n!", ["!a", "!"]],
  ["\ufeff# x\na\r\nb\r\n", ["a", "b"]],
  ["", []],
])("%j holds the patterns %j", (text, patterns) => {
  expect(readIgnorePatterns(source(text)).map((pattern) => pattern.text)).toEqual(patterns);
});

test("patterns know their place", () => {
  const text = "a\n  ./b\n\nc";
  expect(readIgnorePatterns(source(text)).map(({ span }) => text.slice(span.start, span.end))).toEqual([
    "a",
    "./b",
    "c",
  ]);
});

test.each<[string, string, boolean]>([
  ["a", "a", true],
  ["a", "a/b/c", true],
  ["a\n!a/b", "a/b/c", false],
  ["a\n!a/b", "a/c", true],
  ["*\n!*.md", "x.md", false],
  ["*\n!*.md", "d/x.md", true],
  ["**/*.log", "a/b.log", true],
])("%j leaves out %j: %s", (text, path, expected) => {
  expect(ignoreFilter(source(text)).value.leavesOut(path)).toBe(expected);
});

test("a folder is skipped, and passed where something below comes back", () => {
  const filter = ignoreFilter(source("a\nb\n!b/c")).value;
  expect([filter.hasExceptions, filter.folder("a", undefined).verdict, filter.folder("b", undefined).verdict]).toEqual([
    true,
    "skip",
    "pass",
  ]);
});

test("what is no pattern is told, and the others hold", () => {
  const { value, diagnostics } = ignoreFilter(source("a[\nb\n!\n"));
  expect(diagnostics.map(({ code, span }) => [code, span?.start])).toEqual([
    ["dockerfile/invalid-ignore-pattern", 0],
    ["dockerfile/invalid-ignore-pattern", 5],
  ]);
  expect(value.patterns).toEqual(["b"]);
});
