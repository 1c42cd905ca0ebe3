/** Expressions whose value is plain to see. */
import type { Expression } from "./syntax.ts";
import { normalised } from "./value.ts";

/** The text of a string without interpolations and directives, NFC normalised as its value would be; undefined for all else. */
export function literalString(expression: Expression): string | undefined {
  if (expression.kind !== "template") return undefined;
  const [first] = expression.parts;
  if (expression.parts.length === 1 && first?.kind === "text") return normalised(first.text);
  let text = "";
  for (const part of expression.parts) {
    if (part.kind !== "text") return undefined;
    text += part.text;
  }
  return normalised(text);
}
