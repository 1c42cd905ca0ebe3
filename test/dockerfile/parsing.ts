/** Parsing, as the tests look at it. */
import type { Diagnostic } from "../../src/base/diagnostic.ts";
import { positionAt } from "../../src/base/span.ts";
import type { Dockerfile } from "../../src/dockerfile/dockerfile.ts";
import type { Instruction } from "../../src/dockerfile/instruction.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";

/** Fails the test when anything is wrong. */
export function parsed(text: string): Dockerfile {
  const { value, diagnostics } = parseDockerfile({ name: "Dockerfile", text });
  if (diagnostics.length > 0) throw new Error(diagnostics.map(summary).join("\n"));
  return value;
}

/** The only instruction of a stage. */
export function instruction<K extends Instruction["keyword"]>(
  keyword: K,
  text: string,
): Extract<Instruction, { keyword: K }> {
  const [found] = parsed(`FROM scratch\n${text}\n`).stages[0]?.instructions ?? [];
  if (found === undefined || !isOf(found, keyword)) throw new Error(`no ${keyword}`);
  return found;
}

export function problemsOf(text: string): readonly Diagnostic[] {
  return parseDockerfile({ name: "Dockerfile", text }).diagnostics;
}

/** `line:column code "what is underlined"`. */
export function summary({ code, span }: Diagnostic): string {
  if (span === undefined) return code;
  const { line, column } = positionAt(span.source, span.start);
  return `${line}:${column} ${code} ${JSON.stringify(span.source.text.slice(span.start, span.end))}`;
}

function isOf<K extends Instruction["keyword"]>(
  found: Instruction,
  keyword: K,
): found is Extract<Instruction, { keyword: K }> {
  return found.keyword === keyword;
}
