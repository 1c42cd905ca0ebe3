/** Values as the text people see. */

import type { Value } from "../../hcl/value.ts";
import { valueToJson } from "../../hcl/value-json.ts";
import { textOf } from "../attributes/attribute-reader.ts";

/** Strings, numbers and bools as text, everything else as JSON; undefined for null and for what was not evaluated. */
export function valueText(value: Value): string | undefined {
  if (value.kind === "null" || value.kind === "unknown") return undefined;
  return textOf(value) ?? jsonText(value);
}

export function jsonText(value: Value): string {
  const json = valueToJson(value);
  return json.ok ? json.text : "";
}
