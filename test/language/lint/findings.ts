/** Build files as text, linted. */
import type { Diagnostic } from "../../../src/base/diagnostic.ts";
import { hasErrors } from "../../../src/base/diagnostic.ts";
import { evaluateDefinition } from "../../../src/buildfile/definition/evaluate-definition.ts";
import { standardFunctions } from "../../../src/buildfile/functions/standard-functions.ts";
import { parseHcl } from "../../../src/buildfile/hcl/parse.ts";
import type { SyntaxFile } from "../../../src/buildfile/hcl/syntax.ts";
import { parseJson } from "../../../src/buildfile/json/parse.ts";
import { parseToml } from "../../../src/buildfile/toml/parse.ts";
import { type LintSubject, lint } from "../../../src/language/lint/lint.ts";
import { factsOf, type Surroundings } from "../../plan/planning.ts";

export interface Asked extends Surroundings, Partial<Pick<LintSubject, "names" | "portable" | "filesNamed">> {
  readonly otherwiseUsed?: ReadonlySet<string>;
}

const parsers = { hcl: parseHcl, json: parseJson, toml: parseToml };

/** Files by name, or the text of `docker-bake.hcl`. */
export function findingsOf(files: string | Readonly<Record<string, string>>, asked: Asked = {}): readonly Diagnostic[] {
  const texts = typeof files === "string" ? { "docker-bake.hcl": files } : files;
  const parsed = Object.entries(texts).map(([name, text]) => parseFile(name, text));
  const definition = evaluateDefinition(parsed, {
    variables: new Map(),
    environment: new Map(),
    disableEnvironmentLookup: false,
    commandContext: "cwd://",
    localPlatform: "linux/amd64",
    functions: standardFunctions,
    world: { now: () => 0, randomBytes: (size) => new Uint8Array(size), homeFolder: "/home" },
  });
  if (hasErrors(definition.diagnostics))
    throw new Error(definition.diagnostics.map(({ message }) => message).join("\n"));
  return lint({ names: [], ...asked, files: parsed, definition: definition.value, facts: factsOf(asked) });
}

function parseFile(name: string, text: string): SyntaxFile {
  const format = name.endsWith(".json") ? "json" : name.endsWith(".toml") ? "toml" : "hcl";
  const source = { name, text };
  const { value: body, diagnostics } = parsers[format](source);
  if (diagnostics.length > 0) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return { source, format, body };
}
