/** Expressions whose value is plain to see. */
import type { Expression } from "./syntax.ts";

/** The text of a string without interpolations and directives, NFC normalised as its value would be; undefined for all else. */
export function literalString(expression: Expression): string | undefined {
  if (expression.kind !== "template") return undefined;
  let text = "";
  for (const part of expression.parts) {
    if (part.kind !== "text") return undefined;
    text += part.text;
  }
  return text.normalize("NFC");
}
