/** Loads compose files that stand in the test, and shows what came of them in short. */
import type { Diagnostic } from "../../../src/base/diagnostic.ts";
import { positionAt } from "../../../src/base/span.ts";
import type { ComposeInput } from "../../../src/buildfile/compose/files/compose-input.ts";
import { type ComposeDefinition, loadCompose } from "../../../src/buildfile/compose/load-compose.ts";
import type { Setting, TargetDefinition } from "../../../src/buildfile/definition.ts";

export interface Loaded {
  readonly definition: ComposeDefinition;
  readonly diagnostics: readonly Diagnostic[];
  /** The settings of every target as plain values. */
  readonly targets: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** `compose.yaml` is loaded, unless `names` says which; every text is a file that others can name. */
export function loadTexts(
  texts: Readonly<Record<string, string>>,
  input: Partial<ComposeInput> = {},
  names: readonly string[] = ["compose.yaml"],
): Loaded {
  const sources = names.map((name) => ({ name, text: texts[name] ?? "" }));
  const { value, diagnostics } = loadCompose(sources, {
    variables: new Map(),
    environment: new Map(),
    disableEnvironmentLookup: false,
    homeFolder: "/home/me",
    readFile: (path) => texts[path],
    ...input,
  });
  const targets = Object.fromEntries([...value.targets].map(([name, target]) => [name, plainSettings(target)]));
  return { definition: value, diagnostics, targets };
}

/** The one target of a service `app` with this build section, each line of which is indented. */
export function loadBuild(
  build: string,
  input: Partial<ComposeInput> = {},
  rest = "",
): { readonly app: Readonly<Record<string, unknown>> | undefined; readonly diagnostics: readonly Diagnostic[] } {
  const indented = build.trim().replaceAll(/^/gm, "      ");
  const { targets, diagnostics } = loadTexts(
    { "compose.yaml": `services:\n  app:\n    build:\n${indented}\n${rest}` },
    input,
  );
  return { app: targets.app, diagnostics };
}

/** `compose/secret error compose.yaml:3:5`. */
export function brief(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.map(({ code, severity, span }) => {
    if (!span) return `${code} ${severity}`;
    const { line, column } = positionAt(span.source, span.start);
    return `${code} ${severity} ${span.source.name}:${line}:${column}`;
  });
}

function plainSettings({ settings }: TargetDefinition): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(settings).map(([key, setting]) => [key, plain(setting)]));
}

function plain(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, entry]) => [key, plain(entry)]));
  if (Array.isArray(value)) return value.map(plain);
  if (isSetting(value)) return plain(value.value);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
  }
  return value;
}

function isSetting(value: unknown): value is Setting<unknown> {
  return value !== null && typeof value === "object" && "origin" in value && "value" in value;
}
