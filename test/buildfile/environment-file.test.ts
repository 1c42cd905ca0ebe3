import { parseEnv } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { positionAt } from "../../src/base/span.ts";
import { layEnvironmentEntries, parseEnvironmentFile } from "../../src/buildfile/environment-file.ts";

function read(text: string): Readonly<Record<string, string>> {
  const { value, diagnostics } = parseEnvironmentFile({ name: ".env", text });
  expect(diagnostics).toEqual([]);
  return Object.fromEntries(value.map((entry) => [entry.name, entry.text]));
}

function problemsOf(text: string): readonly string[] {
  return parseEnvironmentFile({ name: ".env", text }).diagnostics.map(({ message, span }) => {
    if (span === undefined) return message;
    const { line, column } = positionAt(span.source, span.start);
    return `${line}:${column} ${span.source.text.slice(span.start, span.end)}: ${message}`;
  });
}

describe("an env file", () => {
  it.each([
    ["A=1", { A: "1" }],
    [" A = 1 \r\nB=2\r\n", { A: "1", B: "2" }],
    ["export A=1\nexported=2", { A: "1", exported: "2" }],
    ["# comment\nA=1 # tail\nB=a#b", { A: "1", B: "a" }],
    ["A=\"x # y\" # tail\nB='$z'\nC=`\"'`", { A: "x # y", B: "$z", C: "\"'" }],
    ["A=\"one\\ntwo\"\nB='one\\ntwo'", { A: "one\ntwo", B: "one\\ntwo" }],
    ['A="one\ntwo"\nB=3', { A: "one\ntwo", B: "3" }],
    ['A=\nB=""\nC=a=b', { A: "", B: "", C: "a=b" }],
    ["A=1\nA=2", { A: "2" }],
    ["", {}],
  ])("%j is read as Node reads it", (text, expected) => {
    expect(read(text)).toEqual(expected);
    expect(parseEnv(text)).toEqual(expected);
  });

  // Node 20 takes such a comment for the beginning of the next name.
  it("may have comments behind empty lines", () => {
    expect(read("A=1\n\n  # comment = x\n\nB=2")).toEqual({ A: "1", B: "2" });
  });

  it("may begin with a byte order mark, and have tabs between the words", () => {
    expect(read("\ufeffA=1")).toEqual({ A: "1" });
    expect(read("\tA\t=\t1\t")).toEqual({ A: "1" });
  });

  it.each([
    ["A=1\nnothing here\nB=2", "2:1 nothing here: this line has no ="],
    ["A=1\n  =x", "2:3 =: there is no name before the ="],
    ["1A=x", '1:1 1A: "1A" is no name of a variable'],
    ["export A B=x", '1:8 A B: "A B" is no name of a variable'],
    ['A="x\nB=2', '1:3 ": the quote " that opens here is never closed'],
    ['A="x" y\nB=2', '1:7 y: this follows the quote " that ends the value'],
    ['A="a\\"b"', '1:7 b": this follows the quote " that ends the value'],
  ])("%j has its line told", (text, expected) => {
    expect(problemsOf(text)).toEqual([expected]);
  });

  it("is read on after a wrong line", () => {
    const { value } = parseEnvironmentFile({ name: ".env", text: "A=1\nwrong\nB=2" });
    expect(value.map(({ name }) => name)).toEqual(["A", "B"]);
  });

  it("gives back what was written, and Node agrees", () => {
    const name = fc.constantFrom("A", "B", "C_1", "d.e");
    const plain = fc
      .stringMatching(/^[a-z0-9=$\\"'`][a-z0-9 =$\\"'`]*[a-z0-9]$/)
      .filter((text) => !/^["'`]/.test(text));
    const quoted = fc.stringMatching(/^[a-z #=\n'`$]*$/);
    const line = fc.oneof(
      fc.tuple(name, plain).map(([key, value]) => ({ key, value, text: `${key} = ${value} # tail` })),
      fc.tuple(name, quoted).map(([key, value]) => ({ key, value, text: `export ${key}="${value}"` })),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        const text = lines.map((each) => `${each.text}\n`).join("");
        const expected = Object.fromEntries(lines.map(({ key, value }) => [key, value]));
        expect(read(text)).toEqual(expected);
        expect({ ...parseEnv(text) }).toEqual(expected);
      }),
    );
  });

  it("is replaced by later ones, name by name", () => {
    const entries = ["A=1\nB=1", "A=2"].flatMap((text) => parseEnvironmentFile({ name: "x", text }).value);
    const laid = layEnvironmentEntries(entries);
    expect(laid.get("A")).toMatchObject({ text: "2", replaced: { text: "1" } });
    expect(laid.get("B")?.replaced).toBeUndefined();
  });
});
