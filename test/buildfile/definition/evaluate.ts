/** Evaluates build files given as text, and shows the outcome as plain data. */
import type { Checked, Diagnostic } from "../../../src/base/diagnostic.ts";
import { positionAt, type Source, type Span } from "../../../src/base/span.ts";
import { type EvaluationInput, evaluateDefinition } from "../../../src/buildfile/definition/evaluate-definition.ts";
import type { Definition, Origin, Setting } from "../../../src/buildfile/definition.ts";
import { FunctionFailure, type LanguageFunction } from "../../../src/buildfile/hcl/function.ts";
import { parseHcl } from "../../../src/buildfile/hcl/parse.ts";
import type { SyntaxFile } from "../../../src/buildfile/hcl/syntax.ts";
import { anyType, boolValue, stringType, stringValue, unknownValue } from "../../../src/buildfile/hcl/value.ts";
import { valueToJson } from "../../../src/buildfile/hcl/value-json.ts";

/** A few functions; the library has its own tests. */
export const fewFunctions: ReadonlyMap<string, LanguageFunction> = new Map<string, LanguageFunction>([
  [
    "upper",
    {
      kind: "value",
      parameters: [{ name: "text", type: stringType }],
      description: "",
      call: ([text]) => stringValue(text?.kind === "string" ? text.value.toUpperCase() : ""),
    },
  ],
  [
    "jsonencode",
    {
      kind: "value",
      parameters: [{ name: "value", type: anyType, allowNull: true }],
      description: "",
      call: ([value]) => {
        const json = valueToJson(value ?? unknownValue);
        return stringValue(json.ok ? json.text : json.message);
      },
    },
  ],
  [
    "try",
    {
      kind: "expression",
      minimum: 1,
      description: "",
      call: (args, evaluate) => {
        for (const arg of args) {
          const attempt = evaluate(arg);
          if (attempt.ok) return attempt.value;
        }
        throw new FunctionFailure("nothing could be evaluated");
      },
    },
  ],
  [
    "can",
    {
      kind: "expression",
      minimum: 1,
      maximum: 1,
      description: "",
      call: ([arg], evaluate) => boolValue(arg !== undefined && evaluate(arg).ok),
    },
  ],
]);

export interface Circumstances {
  readonly variables?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly disableEnvironmentLookup?: boolean;
  readonly folders?: Readonly<Record<string, string>>;
  readonly otherVariables?: ReadonlySet<string>;
}

/** Files by name, in order; a single text is `docker-bake.hcl`. */
export function evaluateFiles(
  files: string | Readonly<Record<string, string>>,
  circumstances: Circumstances = {},
): Checked<Definition> {
  const texts = typeof files === "string" ? { "docker-bake.hcl": files } : files;
  const parsed = Object.entries(texts).map(([name, text]) => parseFile({ name, text }));
  const folders = new Map<Source, string>();
  for (const { source } of parsed) {
    const folder = circumstances.folders?.[source.name];
    if (folder !== undefined) folders.set(source, folder);
  }
  return evaluateDefinition(parsed, { ...inputOf(circumstances), ...(folders.size > 0 && { folders }) });
}

export function inputOf(circumstances: Circumstances): EvaluationInput {
  return {
    variables: new Map(Object.entries(circumstances.variables ?? {})),
    environment: new Map(Object.entries(circumstances.environment ?? {})),
    disableEnvironmentLookup: circumstances.disableEnvironmentLookup ?? false,
    commandContext: "cwd://",
    localPlatform: "linux/amd64",
    ...(circumstances.otherVariables && { otherVariables: circumstances.otherVariables }),
    functions: fewFunctions,
    world: { now: () => 0, randomBytes: (size) => new Uint8Array(size), homeFolder: "/home/ann" },
  };
}

function parseFile(source: Source): SyntaxFile {
  const body = parseHcl(source);
  if (body.diagnostics.length > 0) throw new Error(body.diagnostics.map(shown).join("\n"));
  return { source, format: "hcl", body: body.value };
}

/** The definition of files in which nothing is wrong. */
export function definitionOf(...args: Parameters<typeof evaluateFiles>): Definition {
  const { value, diagnostics } = evaluateFiles(...args);
  if (diagnostics.length > 0) throw new Error(diagnostics.map(shown).join("\n"));
  return value;
}

/** `code file:line:column "the blamed text"` of each diagnostic. */
export function problemsOf(...args: Parameters<typeof evaluateFiles>): readonly string[] {
  return evaluateFiles(...args).diagnostics.map(({ code, span }) =>
    span ? `${code} ${placeOf(span)} ${textOf(span)}` : code,
  );
}

export function shown({ code, message, span, hint }: Diagnostic): string {
  return `${code} ${span ? placeOf(span) : "-"}: ${message}${hint === undefined ? "" : ` (${hint})`}`;
}

export function textOf(span: Span): string {
  return span.source.text.slice(span.start, span.end);
}

export function placeOf(span: Span): string {
  const { line, column } = positionAt(span.source, span.start);
  return `${span.source.name === "docker-bake.hcl" ? "" : `${span.source.name}:`}${line}:${column}`;
}

/** The settings of all targets as plain data, origins and history left out. */
export function settingsOf(definition: Definition): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    [...definition.targets].map(([name, { settings }]) => [
      name,
      Object.fromEntries(Object.entries(settings).map(([key, setting]) => [key, plain(setting)])),
    ]),
  );
}

/** One argument of the target `default`. */
export function argumentOf(definition: Definition, name: string, target = "default"): string | undefined {
  return definition.targets.get(target)?.settings.args?.get(name)?.value;
}

export function originText(origin: Origin): string {
  if (origin.kind === "file") return `${origin.block} ${placeOf(origin.span)} ${textOf(origin.span)}`;
  if (origin.kind === "environment") return `environment ${origin.variable}`;
  return origin.kind === "override" ? origin.flag : origin.kind;
}

function plain(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, entry]) => [key, plain(entry)]));
  if (Array.isArray(value)) return value.map(plain);
  if (isSetting(value)) return plain(value.value);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
  }
  return value;
}

function isSetting(value: unknown): value is Setting<unknown> {
  return typeof value === "object" && value !== null && "value" in value && "origin" in value;
}
