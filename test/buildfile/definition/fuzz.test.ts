import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasErrors } from "../../../src/base/diagnostic.ts";
import { evaluateDefinition } from "../../../src/buildfile/definition/evaluate-definition.ts";
import { standardFunctions } from "../../../src/buildfile/functions/standard-functions.ts";
import { parseHcl } from "../../../src/buildfile/hcl/parse.ts";
import { hclInputs } from "../conformance-inputs.ts";
import { inputOf } from "./evaluate.ts";

/** Evaluates whatever could be parsed, syntax errors or not, and looks at all of the outcome. */
function survive(text: string): void {
  const source = { name: "docker-bake.hcl", text };
  const body = parseHcl(source);
  const { value, diagnostics } = evaluateDefinition([{ source, format: "hcl", body: body.value }], {
    ...inputOf({ environment: { VERSION: "1", TAG: "" } }),
    functions: standardFunctions,
  });
  for (const { span, message } of diagnostics) {
    expect(message).not.toBe("");
    if (span) expect(span.end <= text.length && span.start <= span.end).toBe(true);
  }
  for (const [name, target] of value.targets) expect(target.name).toBe(name);
  if (!hasErrors(diagnostics)) for (const variable of value.variables.values()) expect(variable.origin).toBeDefined();
}

describe("any text", () => {
  const texts = [...new Set(hclInputs.map(({ text }) => text))];

  it("is evaluated or refused, and never throws: the inputs of all conformance cases", () => {
    expect(texts.length).toBeGreaterThan(500);
    for (const text of texts) survive(text);
  });

  it("and what remains when parts of them are cut out, doubled or mixed", () => {
    const place = fc.double({ min: 0, max: 1, noNaN: true });
    const mutation = fc.record({
      one: fc.constantFrom(...texts),
      other: fc.constantFrom(...texts),
      from: place,
      to: place,
      into: place,
      kind: fc.constantFrom("cut", "insert", "both"),
    });
    fc.assert(
      fc.property(mutation, ({ one, other, from, to, into, kind }) => {
        const start = Math.floor(Math.min(from, to) * other.length);
        const piece = other.slice(start, Math.ceil(Math.max(from, to) * other.length));
        const at = Math.floor(into * one.length);
        if (kind === "cut") survive(other.slice(0, start) + other.slice(start + piece.length));
        else if (kind === "insert") survive(one.slice(0, at) + piece + one.slice(at));
        else survive(`${one}\n${other}`);
      }),
      { numRuns: 300 },
    );
  });
});
