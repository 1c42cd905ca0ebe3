/** From merged settings to a target in which everything is decided: defaults, duplicates, implied entitlements. */
import { cleanPath } from "../base/path.ts";
import { isNamedOnly, isRemoteContext } from "../buildfile/attributes/context.ts";
import type { CacheEntry, OutputEntry } from "../buildfile/attributes/entries.ts";
import { splitPlatforms } from "../buildfile/attributes/platform.ts";
import type { Setting, TargetDefinition, TargetSettings } from "../buildfile/definition.ts";
import { entryKey } from "../buildfile/settings-draft.ts";
import { withoutRepeated } from "../buildfile/without-repeated.ts";
import type { Target } from "./plan.ts";

/** A target that is linked to without being asked for keeps its result in the cache instead of writing its outputs. */
export function normalise(definition: TargetDefinition, settings: TargetSettings, linkedOnly: boolean): Target {
  const target: Mutable<Target> = {
    name: definition.name,
    context: contextOf(settings.context?.value ?? definition.folder ?? ""),
    dockerfile: settings.dockerfile?.value || "Dockerfile",
    contexts: texts(settings.contexts),
    args: texts(settings.args),
    labels: texts(settings.labels),
    tags: distinct(settings.tags?.value ?? none),
    platforms: distinct(platformsOf(settings.platforms?.value ?? none)),
    annotations: values(settings.annotations),
    output: linkedOnly ? cacheOnly : distinctEntries(settings.output?.value ?? none).map(outputOf),
    cacheFrom: valuesOf(settings["cache-from"]),
    cacheTo: distinctEntries(settings["cache-to"]?.value ?? none),
    secret: valuesOf(settings.secret),
    ssh: valuesOf(settings.ssh),
    attest: valuesOf(settings.attest),
    policy: valuesOf(settings.policy),
    noCacheFilter: values(settings["no-cache-filter"]),
    ulimits: values(settings.ulimits),
    entitlements: entitlementsOf(settings),
    extraHosts: texts(settings["extra-hosts"]),
    linkedOnly,
    settings,
    definition,
  };
  addSingleValues(target, settings);
  return target;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What a target may go without. */
function addSingleValues(single: Mutable<Target>, settings: TargetSettings): void {
  const { description, network, pull, target, call, resources } = settings;
  const { "dockerfile-inline": inline, "no-cache": noCache, "shm-size": shmSize } = settings;
  if (description !== undefined && description.value !== "") single.description = description.value;
  if (inline !== undefined) single.dockerfileInline = inline.value;
  if (target !== undefined) single.stage = target.value;
  if (network !== undefined) single.network = network.value;
  if (pull !== undefined) single.pull = pull.value;
  if (noCache !== undefined) single.noCache = noCache.value;
  if (shmSize !== undefined) single.shmSize = shmSize.value;
  if (resources !== undefined) single.resources = resources.value;
  if (call !== undefined) single.call = call.value;
}

/** The host's network needs its entitlement. */
function entitlementsOf(settings: TargetSettings): readonly string[] {
  const own = values(settings.entitlements);
  return settings.network?.value === "host" ? distinct([...own, "network.host"]) : own;
}

const cacheOnly: readonly OutputEntry[] = [{ type: "cacheonly", attributes: new Map() }];

/** Paths without dots, which nothing can be done to and which are no addresses: nearly all contexts. */
const plainPath = /^[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)*$/;

/** Local paths are cleaned; `cwd://` says that the path is local, which it is here anyway. */
function contextOf(context: string): string {
  if (plainPath.test(context)) return context;
  if (context.startsWith("cwd://")) return cleanPath(context.slice("cwd://".length));
  return isRemoteContext(context) || isNamedOnly(context) || context === "-" ? context : cleanPath(context);
}

/** Archives without a destination go to standard output. */
function outputOf(output: OutputEntry): OutputEntry {
  const { type, attributes } = output;
  if ((type !== "tar" && type !== "oci") || (attributes.get("dest") ?? "") !== "") return output;
  return { type, attributes: new Map([...attributes, ["dest", "-"]]) };
}

const noTexts: ReadonlyMap<string, string> = new Map();

function texts(settings: ReadonlyMap<string, Setting<string>> | undefined): ReadonlyMap<string, string> {
  if (settings === undefined) return noTexts;
  const map = new Map<string, string>();
  settings.forEach((setting, name) => {
    map.set(name, setting.value);
  });
  return map;
}

const none: readonly never[] = [];

function valuesOf<T>(settings: readonly Setting<T>[] | undefined): readonly T[] {
  return settings === undefined ? none : settings.map((setting) => setting.value);
}

function values(settings: readonly Setting<string>[] | undefined): readonly string[] {
  return distinct(valuesOf(settings));
}

/** The elements as they were written, each once. One may hold several platforms. */
export function writtenPlatforms({ platforms }: TargetSettings): readonly string[] {
  return distinct(platforms?.value ?? none);
}

/** One element may hold several. */
function platformsOf(list: readonly string[]): readonly string[] {
  return list.every((text) => plainPath.test(text)) ? list : list.flatMap(splitPlatforms);
}

/** Without the empty and the repeated. Most lists are short, and a Set costs more than looking again. */
function distinct(list: readonly string[]): readonly string[] {
  if (list.length === 0) return none;
  const texts = list.length > 16 ? [...new Set(list)] : list.filter((text, i) => list.indexOf(text) === i);
  return texts.includes("") ? texts.filter((text) => text !== "") : texts;
}

function distinctEntries<T extends OutputEntry | CacheEntry>(entries: readonly T[]): readonly T[] {
  if (entries.length < 2) return entries;
  return withoutRepeated(entries, entryKey).map(([, entry]) => entry);
}
