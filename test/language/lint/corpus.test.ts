import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Diagnostic } from "../../../src/base/diagnostic.ts";
import { lintHelp } from "../../../src/language/lint/lint-problems.ts";
import { hclInputs, jsonInputs } from "../../buildfile/conformance-inputs.ts";
import { findingsOf } from "./findings.ts";

const inputs = [
  ...hclInputs.map(({ name, text }) => ({ name, file: "docker-bake.hcl", text })),
  ...jsonInputs.map(({ name, text }) => ({ name, file: "docker-bake.json", text })),
];

/** Undefined for files that do not load, which are no matter of the linter. */
function lintInput({ file, text }: (typeof inputs)[number]): readonly Diagnostic[] | undefined {
  try {
    return findingsOf({ [file]: text });
  } catch (error) {
    if (error instanceof Error && error.constructor === Error) return undefined;
    throw error;
  }
}

test("every file of the conformance suite that loads can be checked, twice with one result", () => {
  let checked = 0;
  for (const input of inputs) {
    const found = lintInput(input);
    if (!found) continue;
    checked++;
    expect(lintInput(input), input.name).toEqual(found);
    for (const { code, span, hint, message } of found) {
      if (code in lintHelp)
        expect({ name: input.name, hint, placed: span !== undefined }).toMatchObject({ placed: true });
      if (span) expect(span.source.text.length, `${input.name}: ${message}`).toBeGreaterThanOrEqual(span.end);
    }
  }
  expect(checked).toBeGreaterThan(300);
});

test("our own example has nothing to be found", () => {
  const text = readFileSync(new URL("../../../bake.example.hcl", import.meta.url), "utf8");
  const contexts = ["base", "services/api", "services/web"].map(
    (path) => [`examples/monorepo/${path}`, "folder"] as const,
  );
  expect(findingsOf(text, { files: Object.fromEntries(contexts) })).toEqual([]);
});
