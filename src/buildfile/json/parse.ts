/** Build files in JSON (spec section 11). */
import type { Checked } from "../../base/diagnostic.ts";
import type { Source } from "../../base/span.ts";
import { bodyOf } from "../data/body.ts";
import type { Body } from "../hcl/syntax.ts";
import { parseJsonDocument } from "./document.ts";

/**
 * The body a JSON document stands for: `variable`, `function`, `target` and `group` hold blocks, every other key is an attribute, strings are
 * templates.
 */
export function parseJson(source: Source): Checked<Body> {
  const document = parseJsonDocument(source);
  const body = bodyOf(document.value);
  const { kind } = document.value;
  // A document broken from its first character on says nothing about what it was to be.
  const readable = document.diagnostics.length === 0 || kind === "object" || kind === "array";
  return {
    value: body.value,
    diagnostics: readable ? [...document.diagnostics, ...body.diagnostics] : document.diagnostics,
  };
}
