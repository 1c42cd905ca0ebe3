/** From merged settings to a target in which everything is decided: defaults, duplicates, implied entitlements. */
import { cleanPath } from "../base/path.ts";
import { isNamedOnly, isRemoteContext } from "../buildfile/attributes/context.ts";
import type { CacheEntry, OutputEntry } from "../buildfile/attributes/entries.ts";
import { splitPlatforms } from "../buildfile/attributes/platform.ts";
import type { Setting, TargetDefinition, TargetSettings } from "../buildfile/definition.ts";
import { entryKey } from "../buildfile/settings-draft.ts";
import type { Target } from "./plan.ts";

/** A target that is linked to without being asked for keeps its result in the cache instead of writing its outputs. */
export function normalise(definition: TargetDefinition, settings: TargetSettings, linkedOnly: boolean): Target {
  const { description, network, pull, target, call, resources } = settings;
  return {
    name: definition.name,
    ...(description === undefined || description.value === "" ? {} : { description: description.value }),
    context: contextOf(settings.context?.value ?? ""),
    dockerfile: settings.dockerfile?.value || "Dockerfile",
    ...(settings["dockerfile-inline"] === undefined ? {} : { dockerfileInline: settings["dockerfile-inline"].value }),
    contexts: texts(settings.contexts),
    args: texts(settings.args),
    labels: texts(settings.labels),
    tags: distinct(settings.tags?.value ?? []),
    platforms: distinct((settings.platforms?.value ?? []).flatMap(splitPlatforms)),
    annotations: values(settings.annotations),
    output: linkedOnly ? cacheOnly : distinctEntries(settings.output?.value ?? []).map(outputOf),
    cacheFrom: (settings["cache-from"] ?? []).map((setting) => setting.value),
    cacheTo: distinctEntries(settings["cache-to"]?.value ?? []),
    secret: (settings.secret ?? []).map((setting) => setting.value),
    ssh: (settings.ssh ?? []).map((setting) => setting.value),
    attest: (settings.attest ?? []).map((setting) => setting.value),
    policy: (settings.policy ?? []).map((setting) => setting.value),
    ...(target === undefined ? {} : { stage: target.value }),
    ...(network === undefined ? {} : { network: network.value }),
    ...(pull === undefined ? {} : { pull: pull.value }),
    ...(settings["no-cache"] === undefined ? {} : { noCache: settings["no-cache"].value }),
    noCacheFilter: values(settings["no-cache-filter"]),
    ...(settings["shm-size"] === undefined ? {} : { shmSize: settings["shm-size"].value }),
    ulimits: values(settings.ulimits),
    ...(resources === undefined ? {} : { resources: resources.value }),
    ...(call === undefined ? {} : { call: call.value }),
    entitlements: distinct([...values(settings.entitlements), ...(network?.value === "host" ? ["network.host"] : [])]),
    extraHosts: texts(settings["extra-hosts"]),
    linkedOnly,
    settings,
    definition,
  };
}

const cacheOnly: readonly OutputEntry[] = [{ type: "cacheonly", attributes: new Map() }];

/** Local paths are cleaned; `cwd://` says that the path is local, which it is here anyway. */
function contextOf(context: string): string {
  if (context.startsWith("cwd://")) return cleanPath(context.slice("cwd://".length));
  return isRemoteContext(context) || isNamedOnly(context) || context === "-" ? context : cleanPath(context);
}

/** Archives without a destination go to standard output. */
function outputOf(output: OutputEntry): OutputEntry {
  const { type, attributes } = output;
  if ((type !== "tar" && type !== "oci") || (attributes.get("dest") ?? "") !== "") return output;
  return { type, attributes: new Map([...attributes, ["dest", "-"]]) };
}

function texts(settings: ReadonlyMap<string, Setting<string>> | undefined): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const [name, setting] of settings ?? []) map.set(name, setting.value);
  return map;
}

function values(settings: readonly Setting<string>[] | undefined): readonly string[] {
  return distinct((settings ?? []).map((setting) => setting.value));
}

function distinct(list: readonly string[]): readonly string[] {
  return [...new Set(list)].filter((text) => text !== "");
}

function distinctEntries<T extends OutputEntry | CacheEntry>(entries: readonly T[]): readonly T[] {
  const byKey = new Map<string, T>();
  for (const entry of entries) {
    const key = entryKey(entry);
    if (!byKey.has(key)) byKey.set(key, entry);
  }
  return [...byKey.values()];
}
