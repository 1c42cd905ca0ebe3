/** The keys of a build section (spec bake-language, section 23): what each may hold, and what it sets. */
import { parseBoolean } from "../../../base/boolean.ts";
import { compareBytes } from "../../../base/text.ts";
import { parseAttestText } from "../../attributes/attest.ts";
import { parseCacheText } from "../../attributes/cache.ts";
import type { CacheEntry, SshEntry } from "../../attributes/entries.ts";
import { parseSizeText } from "../../attributes/size.ts";
import { parseUlimitText } from "../../attributes/ulimit.ts";
import type { Setting, TargetSettings } from "../../definition.ts";
import { composeProblem } from "../compose-problems.ts";
import { type ComposeNode, scalarText } from "../node.ts";
import { contextAddress, namedContexts } from "./contexts.ts";
import { extraHosts } from "./extra-hosts.ts";
import { buildSecrets } from "./secrets.ts";
import { acceptEntry, type ServiceContext, settingAt } from "./service-context.ts";
import type { NamedValue, PlacedText } from "./value-reader.ts";

type ReadKey = (value: NamedValue, context: ServiceContext) => TargetSettings;

/** Empty texts and lists say nothing, as if the key were not there. */
export const buildKeys: ReadonlyMap<string, ReadKey> = new Map<string, ReadKey>([
  ["context", text((context) => ({ context }), contextAddress)],
  ["dockerfile", text((dockerfile) => ({ dockerfile }))],
  ["dockerfile_inline", text((inline) => ({ "dockerfile-inline": inline }))],
  ["target", text((target) => ({ target }))],
  ["network", text((network) => ({ network }))],
  ["args", args],
  ["labels", labels],
  ["tags", textList((tags) => ({ tags }))],
  ["platforms", textList((platforms) => ({ platforms }))],
  ["cache_from", (value, context) => ({ "cache-from": caches(context.reader.textList(value), value.name, context) })],
  ["cache_to", cacheTo],
  ["no_cache", flag((noCache) => ({ "no-cache": noCache }))],
  ["pull", flag((pull) => ({ pull }))],
  ["additional_contexts", (value, context) => ({ contexts: namedContexts(value, context) })],
  ["extra_hosts", (value, context) => ({ "extra-hosts": extraHosts(value, context) })],
  ["secrets", (value, context) => ({ secret: buildSecrets(value, context) })],
  ["ssh", ssh],
  ["shm_size", shmSize],
  ["ulimits", ulimits],
  // In this order they are printed.
  ["sbom", attestation("sbom")],
  ["provenance", attestation("provenance")],
]);

/** Keys of the compose specification that have no effect on what bake builds. */
export const ignoredBuildKeys: ReadonlyMap<string, string> = new Map([
  ["privileged", "entitlements are a target's attribute: set them in an HCL file laid over this one"],
  ["entitlements", "entitlements are a target's attribute: set them in an HCL file laid over this one"],
  ["isolation", "it is for Windows containers that are built without BuildKit"],
  ["no_cache_filter", "write no-cache-filter below x-bake"],
]);

/** Caches in their text form, each of which may be several. */
export function caches(
  entries: readonly PlacedText[],
  name: string,
  context: ServiceContext,
): readonly Setting<CacheEntry>[] {
  return entries.flatMap((entry) => {
    if (entry.text === "") return [];
    const parsed = acceptEntry(context, { name, entry, result: parseCacheText(entry.text) });
    return parsed ? parsed.value.map((value) => ({ value, origin: parsed.origin })) : [];
  });
}

/** A list of which a layer replaces the whole, as one setting; undefined when it is empty. */
export function wholeList<T>(
  values: readonly T[],
  { node }: NamedValue,
  context: ServiceContext,
): Setting<readonly T[]> | undefined {
  return values.length === 0 ? undefined : settingAt(context, values, node.span);
}

export function sortedSsh(entries: readonly Setting<SshEntry>[]): readonly Setting<SshEntry>[] {
  return [...entries].sort((a, b) => compareBytes(a.value.id, b.value.id));
}

function text(
  settings: (setting: Setting<string>) => TargetSettings,
  change: (text: PlacedText, context: ServiceContext) => string = ({ text }) => text,
): ReadKey {
  return (value, context) => {
    const read = context.reader.text(value);
    if (read === undefined || read.text === "") return {};
    return settings(settingAt(context, change(read, context), read.span));
  };
}

function textList(settings: (setting: Setting<readonly string[]>) => TargetSettings): ReadKey {
  return (value, context) => {
    const texts = context.reader.textList(value).map((entry) => entry.text);
    const setting = wholeList(texts, value, context);
    return setting ? settings(setting) : {};
  };
}

/** Only true is a setting; false is the same as nothing. */
function flag(settings: (setting: Setting<boolean>) => TargetSettings): ReadKey {
  return (value, context) => {
    return context.reader.boolean(value) === true ? settings(settingAt(context, true, value.node.span)) : {};
  };
}

function args(value: NamedValue, context: ServiceContext): TargetSettings {
  const set = new Map<string, Setting<string>>();
  for (const { key, value: text, span } of context.reader.pairs(value)) {
    const setting = text === undefined ? context.environment(key) : settingAt(context, text, span);
    if (setting) set.set(key, setting);
  }
  return { args: set };
}

function labels(value: NamedValue, context: ServiceContext): TargetSettings {
  const pairs = context.reader.pairs(value);
  return { labels: new Map(pairs.map(({ key, value: text = "", span }) => [key, settingAt(context, text, span)])) };
}

function cacheTo(value: NamedValue, context: ServiceContext): TargetSettings {
  const entries = caches(context.reader.textList(value), value.name, context).map((setting) => setting.value);
  const setting = wholeList(entries, value, context);
  return setting ? { "cache-to": setting } : {};
}

function ssh(value: NamedValue, context: ServiceContext): TargetSettings {
  const entries = context.reader.pairs(value).flatMap(({ key: id, value: path, span }) => {
    if (path === undefined && value.node.kind === "list" && id !== "default") {
      const message = `${value.name}: ${JSON.stringify(id)} has no path; only the agent named default goes without`;
      context.report.add(composeProblem("compose/entry", span, message, { hint: `write ${id}=PATH` }));
      return [];
    }
    const paths = path === undefined || path === "" ? [] : [context.pathFrom(span.source, path)];
    return [settingAt(context, { id, paths }, span)];
  });
  return { ssh: sortedSsh(entries) };
}

function shmSize(value: NamedValue, context: ServiceContext): TargetSettings {
  const read = context.reader.anyScalar(value);
  if (read === undefined || read.text === "") return {};
  const bytes = acceptEntry(context, { name: value.name, entry: read, result: parseSizeText(read.text) });
  return bytes === undefined || bytes.value === 0
    ? {}
    : { "shm-size": { value: sizeText(bytes.value), origin: bytes.origin } };
}

/** In the largest unit that says it exactly: `64MiB`. */
function sizeText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  for (const [power, unit] of [...units.entries()].reverse()) {
    const amount = bytes / 1024 ** power;
    if (amount >= 1 && amount < 10_000 && Number(amount.toPrecision(4)) === amount) return `${amount}${unit}`;
  }
  return `${bytes}B`;
}

function ulimits(value: NamedValue, context: ServiceContext): TargetSettings {
  const { reader } = context;
  const set = reader.entries(value).flatMap(([limit, { key, value: node }]) => {
    const name = `${value.name}.${limit}`;
    const soft = limitText({ name, node }, "soft", context);
    const hard = limitText({ name, node }, "hard", context);
    if (soft === undefined || hard === undefined) return [];
    const entry = { text: `${limit}=${soft}:${hard}`, span: key };
    const parsed = acceptEntry(context, { name, entry, result: parseUlimitText(entry.text) });
    return parsed ? [{ value: `${limit}=${parsed.value.soft}:${parsed.value.hard}`, origin: parsed.origin }] : [];
  });
  return { ulimits: set };
}

/** One number stands for both limits. */
function limitText({ name, node }: NamedValue, which: "soft" | "hard", context: ServiceContext): string | undefined {
  if (node.kind !== "map") return which === "soft" ? context.reader.anyScalar({ name, node })?.text : scalarText(node);
  const part: ComposeNode | undefined = node.entries.get(which)?.value;
  if (part) return context.reader.anyScalar({ name: `${name}.${which}`, node: part })?.text;
  context.report.add(composeProblem("compose/value-type", node.span, `${name} has no ${which} limit`));
  return undefined;
}

/** A boolean switches the attestation on or off; other text is its parameters. */
function attestation(type: "sbom" | "provenance"): ReadKey {
  return (value, context) => {
    const read =
      value.node.kind === "boolean"
        ? { text: String(value.node.value), span: value.node.span }
        : context.reader.text(value);
    if (read === undefined || read.text === "") return {};
    const on = parseBoolean(read.text);
    const text = on === undefined ? `type=${type},${read.text}` : `type=${type},disabled=${!on}`;
    const setting = acceptEntry(context, { name: value.name, entry: read, result: parseAttestText(text) });
    return setting ? { attest: [setting] } : {};
  };
}
