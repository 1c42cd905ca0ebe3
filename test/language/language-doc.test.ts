/** Runs what docs/language.md shows, and keeps its table of attributes in step with the schema. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { BuildFileFormat } from "../../src/buildfile/hcl/syntax.ts";
import { describeAttributes } from "../../src/language/schema/target-schema.ts";
import { meaningOf } from "./meaning.ts";

const text = readFileSync(new URL("../../docs/language.md", import.meta.url), "utf8");

interface Example {
  readonly format: BuildFileFormat;
  readonly content: string;
}

const formats: readonly BuildFileFormat[] = ["hcl", "toml", "json"];

/** Examples that follow each other directly say the same. */
const examples: readonly (readonly Example[])[] = [
  ...text.matchAll(/(?:^```(?:hcl|toml|json)\n[\s\S]*?^```$\n*)+/gm),
].map(([series]) =>
  [...series.matchAll(/^```(hcl|toml|json)\n([\s\S]*?)^```$/gm)].map(([, language, content = ""]) => ({
    format: formats.find((format) => format === language) ?? "hcl",
    content,
  })),
);

test("every example is a build file without problems, and the same in each format", () => {
  expect(examples.map((series) => series.map(({ format }) => format))).toEqual([
    ["hcl", "toml", "json"],
    ["hcl", "toml", "json"],
    ["hcl", "toml", "json"],
    ["hcl", "toml"],
  ]);
  for (const [first, ...others] of examples) {
    const meaning = meaningOf(first?.content ?? "", "hcl");
    expect(meaning.problems).toEqual([]);
    for (const { format, content } of others) expect(meaningOf(content, format), content).toEqual(meaning);
  }
});

const rows = [...text.matchAll(/^\| `(.+?)` \| `(.+?)` \| `(.+?)` \|$/gm)].map(([, ...cells]) => cells);

test("there is a row for everything", () => {
  expect(rows.length).toBeGreaterThan(12);
});

test.each(rows)("%s | %s | %s", (hcl, toml, json) => {
  const variables = {
    hcl: 'variable "NAME" { default = "n" }\nLIST = ["a", "b"]\n',
    toml: 'LIST = ["a", "b"]\n[variable.NAME]\ndefault = "n"\n',
  };
  const meaning = meaningOf(`${variables.hcl}target "default" {\n${hcl}\n}\n`, "hcl");
  expect(meaning.problems).toEqual([]);
  expect(meaningOf(`${variables.toml}[target.default]\n${toml}\n`, "toml")).toEqual(meaning);
  const document = `{"LIST": ["a", "b"], "variable": {"NAME": {"default": "n"}}, "target": {"default": {${json}}}}`;
  expect(meaningOf(document, "json")).toEqual(meaning);
});

test("the table of attributes says what the schema says", () => {
  const table = describeAttributes().map(
    ({ name, holds, description }) => `| \`${name}\` | ${holds} | ${description} |`,
  );
  const start = text.indexOf("| Attribute | Holds | Meaning |\n|---|---|---|\n");
  const shown = text
    .slice(start)
    .split("\n")
    .slice(2, 2 + table.length);
  expect(shown.join("\n")).toBe(table.join("\n"));
});
