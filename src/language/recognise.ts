/** Which of the languages a text is in. */
import { hasErrors } from "../base/diagnostic.ts";
import type { Source } from "../base/span.ts";
import { classify } from "../buildfile/classify.ts";
import { looksLikeCompose } from "../buildfile/compose/looks-like-compose.ts";
import type { BuildFileKind } from "../buildfile/discover.ts";
import { parseHcl } from "../buildfile/hcl/parse.ts";
import type { BuildFileFormat } from "../buildfile/hcl/syntax.ts";
import { parseJson } from "../buildfile/json/parse.ts";
import { parseToml } from "../buildfile/toml/parse.ts";

/** By the name where that decides; else the first it can be read as, or what it looks like most when it is none without errors. */
export function recognise(source: Source): BuildFileKind {
  const { attempts, likely } = classify(source.name, source.text, looksLikeCompose);
  if (attempts.length === 1) return likely;
  const found = attempts.find((kind) => kind !== "compose" && !hasErrors(parserOf(kind)(source).diagnostics));
  // A compose file in JSON is a JSON document as well, with names at its top that mean nothing in a build file.
  if (found === "json" && likely === "compose" && hasServices(source)) return "compose";
  return found ?? likely;
}

function hasServices(source: Source): boolean {
  const { attributes, blocks } = parseJson(source).value;
  return attributes.some(({ name }) => name === "services") || blocks.some(({ type }) => type === "services");
}

export function parserOf(format: BuildFileFormat): typeof parseHcl {
  return { hcl: parseHcl, json: parseJson, toml: parseToml }[format];
}
