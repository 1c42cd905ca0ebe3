/** Where the text that overrides a variable comes from (spec section 13.3). */
import type { Origin } from "../../definition.ts";
import type { EnvironmentEntry } from "../../environment-file.ts";

export interface Overrides {
  /** `--var`, the last of each name. */
  readonly flags: ReadonlyMap<string, string>;
  readonly environment: ReadonlyMap<string, string>;
  /** The environment is not looked at (`BUILDX_BAKE_DISABLE_VARS_ENV_LOOKUP`). */
  readonly disableEnvironmentLookup: boolean;
  /** What env files say. They count where neither flags nor the environment say anything, under either name. */
  readonly environmentFiles?: ReadonlyMap<string, EnvironmentEntry>;
}

export interface Override {
  readonly text: string;
  /** Given under NAME_JSON. */
  readonly json: boolean;
  readonly origin: Origin & { readonly kind: "environment" | "override" };
  /** What was given under the plain name, when the JSON form is preferred to it. */
  readonly hidden?: Origin;
}

/**
 * The name itself, or NAME_JSON when the variable is typed or the plain name is not set. `isDeclared` keeps a variable whose name
 * happens to end in _JSON from being taken for the JSON form of another one.
 */
export function findOverride(
  name: string,
  overrides: Overrides,
  options: { readonly typed: boolean; readonly isDeclared: (name: string) => boolean },
): Override | undefined {
  return (
    findIn(name, (each) => lookUp(each, overrides), options) ??
    findIn(name, (each) => lookUpInFiles(each, overrides), options)
  );
}

type Found = Pick<Override, "text" | "origin">;

function findIn(
  name: string,
  find: (name: string) => Found | undefined,
  options: Parameters<typeof findOverride>[2],
): Override | undefined {
  const plain = find(name);
  if (plain && !options.typed) return { ...plain, json: false };
  const jsonName = jsonNameOf(name);
  const json = options.isDeclared(jsonName) ? undefined : find(jsonName);
  if (json) return { ...json, json: true, ...(plain && { hidden: plain.origin }) };
  return plain && { ...plain, json: false };
}

export function jsonNameOf(name: string): string {
  return `${name}_JSON`;
}

/** `the environment variable X`, `--var X`. */
export function describeOrigin(origin: Origin): string {
  if (origin.kind === "environment") {
    return origin.span
      ? `${origin.variable} in ${origin.span.source.name}`
      : `the environment variable ${origin.variable}`;
  }
  if (origin.kind === "override") return origin.flag.replace(/=.*$/s, "");
  return "its default";
}

function lookUp(name: string, { flags, environment, disableEnvironmentLookup }: Overrides): Found | undefined {
  const flag = flags.get(name);
  if (flag !== undefined) return { text: flag, origin: { kind: "override", flag: `--var ${name}=${flag}` } };
  const text = disableEnvironmentLookup ? undefined : environment.get(name);
  return text === undefined ? undefined : { text, origin: { kind: "environment", variable: name } };
}

function lookUpInFiles(name: string, { environmentFiles }: Overrides): Found | undefined {
  const entry = environmentFiles?.get(name);
  return entry && { text: entry.text, origin: { kind: "environment", variable: name, span: entry.span } };
}
