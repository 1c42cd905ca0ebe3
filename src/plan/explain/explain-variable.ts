/** Where the value of a variable came from, and why not from elsewhere. */
import { didYouMean } from "../../base/suggest.ts";
import type { Definition } from "../../buildfile/definition.ts";
import type { VariableExplanation } from "./explanation.ts";
import { usesOf } from "./uses.ts";

export type VariableAnswer =
  | { readonly ok: true; readonly explanation: VariableExplanation }
  | { readonly ok: false; readonly message: string; readonly hint?: string };

/** A variable, or a top level attribute. */
export function explainVariable(name: string, definition: Definition): VariableAnswer {
  const variable = definition.variables.get(name);
  if (variable) {
    const { span, type, description, value, candidates } = variable;
    return {
      ok: true,
      explanation: {
        name,
        kind: "variable",
        ...(span && { span }),
        ...(type !== undefined && { type }),
        ...(description !== undefined && { description }),
        ...(value !== undefined && { value }),
        candidates,
        uses: candidates[0] ? usesOf(candidates[0].origin, definition) : [],
      },
    };
  }
  const constant = definition.globals?.get(name);
  if (!constant) return unknown(name, definition);
  const { expression, value } = constant;
  const { span } = expression;
  const origin = { kind: "file", span, block: name, expression } as const;
  const reason = "a top level attribute is a constant: neither flags nor the environment change it";
  return {
    ok: true,
    explanation: {
      name,
      kind: "constant",
      span,
      ...(value !== undefined && { value }),
      candidates: [{ origin, text: span.source.text.slice(span.start, span.end), reason }],
      uses: usesOf(origin, definition),
    },
  };
}

function unknown(name: string, definition: Definition): VariableAnswer {
  const known = [...definition.variables.keys(), ...(definition.globals?.keys() ?? [])];
  const message = `no build file declares a variable ${JSON.stringify(name)}`;
  const near = didYouMean(name, known);
  const hint = near ?? (known.length > 0 ? "tsbake list variables shows them" : "the build files declare no variables");
  return { ok: false, message, hint };
}
