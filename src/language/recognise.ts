/** Which of the languages a text is in. */
import { hasErrors } from "../base/diagnostic.ts";
import type { Source } from "../base/span.ts";
import { classify } from "../buildfile/classify.ts";
import type { BuildFileKind } from "../buildfile/discover.ts";
import { parseHcl } from "../buildfile/hcl/parse.ts";
import type { BuildFileFormat } from "../buildfile/hcl/syntax.ts";
import { parseJson } from "../buildfile/json/parse.ts";
import { parseToml } from "../buildfile/toml/parse.ts";

/** By the name where that decides; else the first it can be read as, or what it looks like most when it is none without errors. */
export function recognise(source: Source): BuildFileKind {
  const { attempts, likely } = classify(source.name, source.text, () => false);
  if (attempts.length === 1) return likely;
  return attempts.find((kind) => kind !== "compose" && !hasErrors(parserOf(kind)(source).diagnostics)) ?? likely;
}

export function parserOf(format: BuildFileFormat): typeof parseHcl {
  return { hcl: parseHcl, json: parseJson, toml: parseToml }[format];
}
