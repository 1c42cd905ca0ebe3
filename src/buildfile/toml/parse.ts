/** Build files in TOML: the same bodies as in JSON, written in tables. Loads the TOML parser, so import it only when a file asks for it. */
import type { Checked } from "../../base/diagnostic.ts";
import type { Source } from "../../base/span.ts";
import { bodyOf } from "../data/body.ts";
import type { Body } from "../hcl/syntax.ts";
import { parseTomlDocument } from "./document.ts";

/**
 * The body a TOML document stands for: `[variable.…]`, `[function.…]`, `[target.…]` and `[group.…]` are blocks, every other key is an
 * attribute, strings are templates. Dates are text.
 */
export function parseToml(source: Source): Checked<Body> {
  const document = parseTomlDocument(source);
  const body = bodyOf(document.value);
  return { value: body.value, diagnostics: [...document.diagnostics, ...body.diagnostics] };
}
