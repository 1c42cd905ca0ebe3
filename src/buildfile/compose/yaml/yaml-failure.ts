/** What the YAML parser complains about, in the words of somebody who writes a compose file. */
import type { YAMLError } from "yaml";
import type { Diagnostic } from "../../../base/diagnostic.ts";
import type { Source } from "../../../base/span.ts";
import { composeProblem } from "../compose-problems.ts";

interface Words {
  readonly message: string;
  readonly hint?: string;
}

const words: Readonly<Partial<Record<YAMLError["code"], Words>>> = {
  TAB_AS_INDENT: { message: "a tab indents this line", hint: "YAML is indented with spaces" },
  BAD_INDENT: {
    message: "this line is indented differently from its neighbours",
    hint: "the keys of a map, and the items of a list, start in one column",
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: "a list or map begins here in the middle of a map",
    hint: "the keys of a map start in one column, and what belongs to a key is indented below it",
  },
  MULTILINE_IMPLICIT_KEY: { message: "a key spans several lines", hint: "is a colon missing after the key?" },
};

export function syntaxDiagnostic(source: Source, { code, message, pos }: YAMLError): Diagnostic {
  const [from, to] = pos;
  const start = Math.min(from, source.text.length);
  const span = { source, start, end: Math.min(Math.max(to, start), source.text.length) };
  const known = words[code] ?? { message: message.replace(/\.$/, "") };
  return composeProblem("compose/syntax", span, `invalid YAML: ${known.message}`, { hint: known.hint });
}
