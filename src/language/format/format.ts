/** Build files, laid out in the one way. */
import type { Checked } from "../../base/diagnostic.ts";
import type { Source } from "../../base/span.ts";
import type { BuildFileFormat } from "../../buildfile/hcl/syntax.ts";
import { parseToml } from "../../buildfile/toml/parse.ts";
import { formatHcl } from "./hcl.ts";
import { formatJson } from "./json.ts";

/** The text as it should be; the text as it is when something is wrong with it, or when it is TOML, which is not formatted. */
export function format(source: Source, as: BuildFileFormat): Checked<string> {
  switch (as) {
    case "hcl":
      return formatHcl(source);
    case "json":
      return formatJson(source);
    case "toml":
      return { value: source.text, diagnostics: parseToml(source).diagnostics };
  }
}
