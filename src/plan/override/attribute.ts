/** The attributes that flags can change, and how each reads its value. */
import { parseBoolean } from "../../base/boolean.ts";
import { type Parsed, parsed, unparsed } from "../../base/parsed.ts";
import { parseAttestText } from "../../buildfile/attributes/attest.ts";
import { parseCacheText } from "../../buildfile/attributes/cache.ts";
import { parseOutputText } from "../../buildfile/attributes/output.ts";
import { parsePolicyText } from "../../buildfile/attributes/policy.ts";
import { parseResourceField } from "../../buildfile/attributes/resources.ts";
import { parseSecretText } from "../../buildfile/attributes/secret.ts";
import { parseSshText } from "../../buildfile/attributes/ssh.ts";
import type { Origin, Setting, TargetSettings } from "../../buildfile/definition.ts";
import type { AppendedKey, MapKey, ReplacedKey } from "../../buildfile/settings-draft.ts";
import type { OverrideEffect } from "./override.ts";

/** What a flag says of one attribute: `key[.name][+]=value`. */
export interface Assignment {
  readonly name: string;
  readonly value: string;
  readonly append: boolean;
  readonly origin: Origin;
}

export interface OverrideAttribute {
  /** The key wants `.name` behind it (`args.VERSION`), or cannot have one. */
  readonly named: boolean;
  readonly parse: (assignment: Assignment) => Parsed<OverrideEffect>;
}

type TextKey = "context" | "dockerfile" | "target" | "network" | "call" | "shm-size";

const entryKeys: readonly MapKey[] = ["args", "labels", "contexts", "extra-hosts"];
const textKeys: readonly TextKey[] = ["context", "dockerfile", "target", "network", "call", "shm-size"];
const flagKeys: readonly ("pull" | "no-cache")[] = ["pull", "no-cache"];

/** By the word that stands in a flag, which is not always the attribute's name in a file. */
export const overrideAttributes: ReadonlyMap<string, OverrideAttribute> = new Map<string, OverrideAttribute>([
  ...entryKeys.map((key): [string, OverrideAttribute] => [key, entryAttribute(key)]),
  ...textKeys.map((key): [string, OverrideAttribute] => [
    key,
    unnamed(({ value, origin }) => merge({ [key]: { value, origin } })),
  ]),
  ...flagKeys.map((key): [string, OverrideAttribute] => [key, flagAttribute(key)]),
  [
    "tags",
    replacedList(
      "tags",
      (value) => parsed([value]),
      (tags) => ({ tags }),
    ),
  ],
  [
    "platform",
    replacedList(
      "platforms",
      (value) => parsed([value]),
      (platforms) => ({ platforms }),
    ),
  ],
  [
    "output",
    replacedList(
      "output",
      (value) => one(parseOutputText(value)),
      (output) => ({ output }),
    ),
  ],
  ["cache-to", replacedList("cache-to", parseCacheText, (caches) => ({ "cache-to": caches }))],
  ["cache-from", collectedList("cache-from", parseCacheText, (caches) => ({ "cache-from": caches }))],
  [
    "secrets",
    collectedList(
      "secret",
      (value) => one(parseSecretText(value)),
      (secret) => ({ secret }),
    ),
  ],
  [
    "ssh",
    collectedList(
      "ssh",
      (value) => one(parseSshText(value)),
      (ssh) => ({ ssh }),
    ),
  ],
  [
    "policy",
    collectedList(
      "policy",
      (value) => one(parsePolicyText(value)),
      (policy) => ({ policy }),
    ),
  ],
  [
    "no-cache-filter",
    collectedList(
      "no-cache-filter",
      (value) => parsed(value.split(",")),
      (stages) => ({ "no-cache-filter": stages }),
    ),
  ],
  [
    "ulimits",
    collectedList(
      "ulimits",
      (value) => parsed([value]),
      (ulimits) => ({ ulimits }),
    ),
  ],
  [
    "annotations",
    addedList(
      (value) => parsed([value]),
      (annotations) => ({ annotations }),
    ),
  ],
  [
    "attest",
    addedList(
      (value) => one(parseAttestText(value)),
      (attest) => ({ attest }),
    ),
  ],
  [
    "entitlements",
    addedList(
      (value) => parsed([value]),
      (entitlements) => ({ entitlements }),
    ),
  ],
  ["resources", { named: true, parse: resourceField }],
  ["secret", { named: true, parse: secretSource }],
  ["push", switchAttribute("push")],
  ["load", switchAttribute("load")],
]);

function unnamed(parse: OverrideAttribute["parse"]): OverrideAttribute {
  return { named: false, parse };
}

function merge(settings: TargetSettings): Parsed<OverrideEffect> {
  return parsed({ kind: "merge", settings });
}

function entryAttribute(key: MapKey): OverrideAttribute {
  return { named: true, parse: ({ name, value, origin }) => merge({ [key]: new Map([[name, { value, origin }]]) }) };
}

function flagAttribute(key: "pull" | "no-cache"): OverrideAttribute {
  return unnamed(({ value: text, origin }) => {
    const value = parseBoolean(text);
    return value === undefined ? notBoolean(key, text) : merge({ [key]: { value, origin } });
  });
}

function switchAttribute(kind: "push" | "load"): OverrideAttribute {
  return unnamed(({ value }) => {
    const on = parseBoolean(value);
    return on === undefined ? notBoolean(kind, value) : parsed({ kind, on });
  });
}

/** An empty value is the empty list. */
function replacedList<T>(
  key: ReplacedKey,
  parse: (value: string) => Parsed<readonly T[]>,
  settings: (list: Setting<readonly T[]>) => TargetSettings,
): OverrideAttribute {
  return unnamed(({ value: text, append, origin }) => {
    const value = text === "" ? parsed<readonly T[]>([]) : parse(text);
    if (!value.ok) return value;
    const layer = settings({ value: value.value, origin });
    return parsed(append ? { kind: "append", settings: layer } : { kind: "replace", key, settings: layer });
  });
}

function collectedList<T>(
  key: AppendedKey,
  parse: (value: string) => Parsed<readonly T[]>,
  settings: (list: readonly Setting<T>[]) => TargetSettings,
): OverrideAttribute {
  return unnamed(({ value, append, origin }) => {
    const layer = elements(value, origin, parse);
    if (!layer.ok) return layer;
    const added = settings(layer.value);
    return append ? merge(added) : parsed({ kind: "replace", key, settings: added });
  });
}

/** Lists that flags only ever add to. */
function addedList<T>(
  parse: (value: string) => Parsed<readonly T[]>,
  settings: (list: readonly Setting<T>[]) => TargetSettings,
): OverrideAttribute {
  return unnamed(({ value, origin }) => {
    const layer = elements(value, origin, parse);
    return layer.ok ? merge(settings(layer.value)) : layer;
  });
}

function elements<T>(
  text: string,
  origin: Origin,
  parse: (value: string) => Parsed<readonly T[]>,
): Parsed<readonly Setting<T>[]> {
  const values = text === "" ? parsed<readonly T[]>([]) : parse(text);
  return values.ok ? parsed(values.value.map((value) => ({ value, origin }))) : values;
}

function resourceField({ name, value, origin }: Assignment): Parsed<OverrideEffect> {
  const field = parseResourceField(name, value);
  return field.ok ? merge({ resources: { value: field.value, origin } }) : field;
}

/** `secret.ID=src=file` says where a declared secret comes from; an `id=` in it can only repeat the ID. */
function secretSource({ name, value }: Assignment): Parsed<OverrideEffect> {
  const secret = parseSecretText(value);
  if (!secret.ok) return secret;
  const { id } = secret.value;
  if (id !== "" && id !== name) return unparsed(`the id ${JSON.stringify(id)} is not ${JSON.stringify(name)}`);
  return parsed({ kind: "secret", secret: { ...secret.value, id: name } });
}

function one<T>(result: Parsed<T>): Parsed<readonly T[]> {
  return result.ok ? parsed([result.value]) : result;
}

function notBoolean(key: string, text: string): Parsed<never> {
  return unparsed(`${key} is true or false, not ${JSON.stringify(text)}`);
}
