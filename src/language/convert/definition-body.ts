/** A definition as the body of a build file that says the same: what compose files become in the native syntax. */
import type { Span } from "../../base/span.ts";
import type {
  AttestEntry,
  CacheEntry,
  OutputEntry,
  PolicyEntry,
  SshEntry,
} from "../../buildfile/attributes/entries.ts";
import type { Definition, Setting, TargetDefinition, TargetSettings } from "../../buildfile/definition.ts";
import { isIdentifier } from "../../buildfile/hcl/characters.ts";
import type { Attribute, Block, Body, Expression, ObjectItem, ObjectKey } from "../../buildfile/hcl/syntax.ts";

const span: Span = { source: { name: "", text: "" }, start: 0, end: 0 };

/** Groups and targets with their final values; variables have become part of these. */
export function bodyOfDefinition({ groups, targets }: Definition): Body {
  const groupBlocks = [...groups.values()].map(({ name, description, targets: members }) =>
    block("group", name, [
      ...(description === undefined ? [] : [attribute("description", text(description))]),
      attribute("targets", texts(members)),
    ]),
  );
  const targetBlocks = [...targets.values()].map((target) => block("target", target.name, attributesOf(target)));
  return { attributes: [], blocks: [...groupBlocks, ...targetBlocks], span };
}

type Writer = (settings: TargetSettings) => Expression | undefined;

/** In the order in which they are written. */
const writers: Readonly<Record<keyof TargetSettings, Writer>> = {
  inherits: ({ inherits }) => appended(inherits),
  description: ({ description }) => whole(description),
  context: ({ context }) => whole(context),
  dockerfile: ({ dockerfile }) => whole(dockerfile),
  "dockerfile-inline": (settings) => whole(settings["dockerfile-inline"]),
  target: ({ target }) => whole(target),
  contexts: ({ contexts }) => map(contexts),
  args: ({ args }) => map(args),
  labels: ({ labels }) => map(labels),
  annotations: ({ annotations }) => appended(annotations),
  tags: ({ tags }) => tags && texts(tags.value),
  platforms: ({ platforms }) => platforms && texts(platforms.value),
  output: ({ output }) => output && list(output.value.map(typed)),
  secret: ({ secret }) => secret && list(secret.map(({ value }) => object(Object.entries(value)))),
  ssh: ({ ssh }) => ssh && list(ssh.map(({ value }) => agent(value))),
  "cache-from": (settings) => {
    const caches = settings["cache-from"];
    return caches && list(caches.map(({ value }) => typed(value)));
  },
  "cache-to": (settings) => {
    const caches = settings["cache-to"];
    return caches && list(caches.value.map(typed));
  },
  pull: ({ pull }) => pull && boolean(pull.value),
  "no-cache": (settings) => {
    const noCache = settings["no-cache"];
    return noCache && boolean(noCache.value);
  },
  "no-cache-filter": (settings) => appended(settings["no-cache-filter"]),
  network: ({ network }) => whole(network),
  "extra-hosts": (settings) => map(settings["extra-hosts"]),
  "shm-size": (settings) => whole(settings["shm-size"]),
  ulimits: ({ ulimits }) => appended(ulimits),
  resources: ({ resources }) => resources && object(Object.entries(resources.value)),
  entitlements: ({ entitlements }) => appended(entitlements),
  attest: ({ attest }) => attest && list(attest.map(({ value }) => attestation(value))),
  call: ({ call }) => whole(call),
  policy: ({ policy }) => policy && list(policy.map(({ value }) => text(policyText(value)))),
};

function attributesOf({ settings }: TargetDefinition): readonly Attribute[] {
  return Object.entries(writers).flatMap(([name, write]) => {
    const value = write(settings);
    return value ? [attribute(name, value)] : [];
  });
}

function whole(setting: Setting<string> | undefined): Expression | undefined {
  return setting && text(setting.value);
}

function appended(settings: readonly Setting<string>[] | undefined): Expression | undefined {
  return settings && texts(settings.map(({ value }) => value));
}

function map(entries: ReadonlyMap<string, Setting<string>> | undefined): Expression | undefined {
  return entries && object([...entries].map(([key, { value }]) => [key, value]));
}

function typed({ type, attributes }: OutputEntry | CacheEntry): Expression {
  return object([["type", type], ...attributes]);
}

function attestation({ type, disabled, attributes }: AttestEntry): Expression {
  return object([["type", type], ...(disabled ? [["disabled", boolean(true)] as const] : []), ...attributes]);
}

function agent({ id, paths }: SshEntry): Expression {
  return object([
    ["id", id],
    ["paths", texts(paths)],
  ]);
}

/** One CSV record, because files can repeat. */
function policyText({ filenames, logLevel, reset, disabled, strict }: PolicyEntry): string {
  const flags = Object.entries({ reset, disabled, strict, "log-level": logLevel });
  const fields = [
    ...filenames.map((filename) => `filename=${filename}`),
    ...flags.flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`])),
  ];
  return fields.map((field) => (/[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(",");
}

function block(type: string, name: string, attributes: readonly Attribute[]): Block {
  return { type, typeSpan: span, labels: [{ text: name, span }], body: { attributes, blocks: [], span }, span };
}

function attribute(name: string, value: Expression): Attribute {
  return { name, nameSpan: span, value, span };
}

function object(entries: readonly (readonly [key: string, value: Expression | string | number])[]): Expression {
  const items = entries.map(([key, value]): ObjectItem => {
    const name: ObjectKey = isIdentifier(key)
      ? { kind: "bare", name: key, span }
      : { kind: "computed", expression: text(key), span };
    return { key: name, value: typeof value === "object" ? value : text(String(value)), span };
  });
  return { kind: "object", items, span };
}

function list(items: readonly Expression[]): Expression {
  return { kind: "tuple", items, span };
}

function texts(values: readonly string[]): Expression {
  return list(values.map(text));
}

function text(value: string): Expression {
  return { kind: "template", parts: value === "" ? [] : [{ kind: "text", text: value, span }], span };
}

function boolean(value: boolean): Expression {
  return { kind: "boolean", value, span };
}
