/** A target's settings while they are put together: layers are laid over one another in place. */
import type { AttestEntry, CacheEntry, OutputEntry, PolicyEntry, SecretEntry, SshEntry } from "./attributes/entries.ts";
import type { Setting, TargetSettings } from "./definition.ts";
import { mergeResources, replaceSetting } from "./setting-history.ts";

type TextKey = "context" | "dockerfile" | "dockerfile-inline" | "target" | "network" | "shm-size" | "call";
type FlagKey = "pull" | "no-cache";
type ReplacedTextKey = "tags" | "platforms";
export type MapKey = "args" | "labels" | "extra-hosts" | "contexts";
type AppendedTextKey = "annotations" | "no-cache-filter" | "ulimits" | "entitlements" | "inherits";

/** The list attributes of which a layer replaces the whole list. */
export type ReplacedKey = ReplacedTextKey | "output" | "cache-to";

/** The list attributes that collect what every layer adds. */
export type AppendedKey = AppendedTextKey | keyof Collections;

const textKeys: readonly TextKey[] = [
  "context",
  "dockerfile",
  "dockerfile-inline",
  "target",
  "network",
  "shm-size",
  "call",
];
const flagKeys: readonly FlagKey[] = ["pull", "no-cache"];
const replacedTextKeys: readonly ReplacedTextKey[] = ["tags", "platforms"];
const mapKeys: readonly MapKey[] = ["args", "labels", "extra-hosts", "contexts"];
const appendedTextKeys: readonly AppendedTextKey[] = [
  "annotations",
  "no-cache-filter",
  "ulimits",
  "entitlements",
  "inherits",
];

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type SettingMap<T> = Map<string, Setting<T>>;

/** Appended lists are kept by what makes an element unique, in order of first appearance. */
interface Collections {
  "cache-from"?: SettingMap<CacheEntry>;
  secret?: SettingMap<SecretEntry>;
  ssh?: SettingMap<SshEntry>;
  attest?: SettingMap<AttestEntry>;
  policy?: SettingMap<PolicyEntry>;
}

/**
 * Merging in place, by the rules of bake (spec section 17): single values and the lists `tags`, `platforms`, `output` and `cache-to`
 * replace, maps merge by key, `resources` by field, all other lists append; of equal texts and caches the first stays, an
 * equal secret or ssh id or attestation type takes the place of the earlier, an equal policy moves to the end (policies are
 * applied in order, and one that comes after a reset counts).
 */
export class SettingsDraft {
  readonly #values: Mutable<Omit<TargetSettings, MapKey | AppendedKey>> = {};
  readonly #maps: { [K in MapKey]?: SettingMap<string> } = {};
  /** Maps of a layer that came alone so far, taken over as they are: they are copied when there is something to write. */
  readonly #taken: { [K in MapKey]?: ReadonlyMap<string, Setting<string>> } = {};
  readonly #texts: { [K in AppendedTextKey]?: SettingMap<string> | undefined } = {};
  /** The lists of one text that came alone so far, taken over as they are. */
  readonly #onlyText: { [K in AppendedTextKey]?: readonly Setting<string>[] | undefined } = {};
  readonly #collections: Collections = {};

  /** A draft that starts as these settings, which are copied. */
  static of(settings: TargetSettings): SettingsDraft {
    const draft = new SettingsDraft();
    draft.merge(settings);
    return draft;
  }

  get output(): Setting<readonly OutputEntry[]> | undefined {
    return this.#values.output;
  }

  secret(id: string): Setting<SecretEntry> | undefined {
    return this.#collections.secret?.get(id);
  }

  /** Lays a layer over what is here. Linear in the layer, not in the draft. */
  merge(over: TargetSettings): void {
    this.#mergeValues(over);
    for (const key of mapKeys) {
      const entries = over[key];
      if (entries === undefined) continue;
      if (this.#maps[key] === undefined && this.#taken[key] === undefined) {
        this.#taken[key] = entries;
        continue;
      }
      const map = this.#ownMap(key);
      for (const [name, setting] of entries) map.set(name, replaceSetting(map.get(name), setting));
    }
    for (const key of appendedTextKeys) {
      const list = over[key];
      if (list === undefined) continue;
      const present = this.#texts[key];
      const only = this.#onlyText[key];
      if (present === undefined && only === undefined && list.length === 1) this.#onlyText[key] = list;
      else this.#texts[key] = keepFirst(present ?? keepFirst(undefined, only ?? [], asText), list, asText);
    }
    this.#mergeCollections(over);
  }

  /** Adds the lists that a merge would replace (`tags`, `platforms`, `output`, `cache-to`) to those that are here. */
  append(added: TargetSettings): void {
    const values = this.#values;
    for (const key of replacedTextKeys) {
      const setting = added[key];
      if (setting !== undefined) values[key] = appended(values[key], setting);
    }
    const { output, "cache-to": cacheTo } = added;
    if (output !== undefined) values.output = appended(values.output, output);
    if (cacheTo !== undefined) values["cache-to"] = appended(values["cache-to"], cacheTo);
  }

  /** Empties an appended list, as if no layer had set it. */
  clear(key: AppendedKey): void {
    if (key === "cache-from" || key === "secret" || key === "ssh" || key === "attest" || key === "policy") {
      delete this.#collections[key];
    } else {
      this.#texts[key] = undefined;
      this.#onlyText[key] = undefined;
    }
  }

  /** An empty named context removes the one inherited; afterwards it is as if it had never been said. */
  dropEmptyContexts(): void {
    for (const [name, setting] of this.#maps.contexts ?? this.#taken.contexts ?? []) {
      if (setting.value === "") this.#ownMap("contexts").delete(name);
    }
  }

  /** The settings as they stand. They share the draft's maps: a draft is not merged into after it was finished. */
  finish(): TargetSettings {
    const settings: Mutable<TargetSettings> = { ...this.#values };
    for (const key of mapKeys) {
      const map = this.#maps[key] ?? this.#taken[key];
      if (map !== undefined) settings[key] = map;
    }
    for (const key of appendedTextKeys) {
      const map = this.#texts[key];
      const list = map === undefined ? this.#onlyText[key] : [...map.values()];
      if (list !== undefined) settings[key] = list;
    }
    const { "cache-from": cacheFrom, secret, ssh, attest, policy } = this.#collections;
    if (cacheFrom !== undefined) settings["cache-from"] = [...cacheFrom.values()];
    if (secret !== undefined) settings.secret = [...secret.values()];
    if (ssh !== undefined) settings.ssh = [...ssh.values()];
    if (attest !== undefined) settings.attest = [...attest.values()];
    if (policy !== undefined) settings.policy = [...policy.values()];
    return settings;
  }

  #ownMap(key: MapKey): SettingMap<string> {
    const own = this.#maps[key] ?? new Map(this.#taken[key]);
    this.#maps[key] = own;
    return own;
  }

  #mergeValues(over: TargetSettings): void {
    const values = this.#values;
    for (const key of textKeys) {
      const setting = over[key];
      if (setting !== undefined) values[key] = replaceSetting(values[key], setting);
    }
    for (const key of flagKeys) {
      const setting = over[key];
      if (setting !== undefined) values[key] = replaceSetting(values[key], setting);
    }
    for (const key of replacedTextKeys) {
      const setting = over[key];
      if (setting !== undefined) values[key] = replaceSetting(values[key], setting);
    }
    const { description, output, "cache-to": cacheTo, resources } = over;
    // An empty description says nothing, so it does not replace one.
    if (description !== undefined && (description.value !== "" || values.description === undefined)) {
      values.description = describedOver(values.description, description);
    }
    if (output !== undefined) values.output = replaceSetting(values.output, output);
    if (cacheTo !== undefined) values["cache-to"] = replaceSetting(values["cache-to"], cacheTo);
    if (resources !== undefined) values.resources = mergeResources(values.resources, resources);
  }

  #mergeCollections(over: TargetSettings): void {
    const here = this.#collections;
    const { "cache-from": cacheFrom, secret, ssh, attest, policy } = over;
    if (cacheFrom !== undefined) here["cache-from"] = keepFirst(here["cache-from"], cacheFrom, entryKey);
    if (secret !== undefined) here.secret = takePlace(here.secret, secret, (entry) => entry.id);
    if (ssh !== undefined) here.ssh = takePlace(here.ssh, ssh, (entry) => entry.id);
    if (attest !== undefined) here.attest = takePlace(here.attest, attest, (entry) => entry.type);
    if (policy !== undefined) here.policy = moveToEnd(here.policy, policy, (entry) => JSON.stringify(entry));
  }
}

/** What makes two outputs or caches equal: the type and all attributes, in any order. */
export function entryKey(entry: { readonly type: string; readonly attributes: ReadonlyMap<string, string> }): string {
  return JSON.stringify([entry.type, ...[...entry.attributes].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))]);
}

/** An empty description that stood alone is no step of the story. */
function describedOver(base: Setting<string> | undefined, over: Setting<string>): Setting<string> {
  return base?.value === "" ? over : replaceSetting(base, over);
}

function appended<T>(present: Setting<readonly T[]> | undefined, added: Setting<readonly T[]>): Setting<readonly T[]> {
  if (present === undefined) return added;
  return replaceSetting(present, { value: [...present.value, ...added.value], origin: added.origin });
}

function asText(text: string): string {
  return text;
}

type KeyOf<T> = (value: T) => string;

function keepFirst<T>(
  present: SettingMap<T> | undefined,
  added: readonly Setting<T>[],
  keyOf: KeyOf<T>,
): SettingMap<T> {
  const map = present ?? new Map<string, Setting<T>>();
  for (const setting of added) {
    const key = keyOf(setting.value);
    if (!map.has(key)) map.set(key, setting);
  }
  return map;
}

/** A Map keeps the place of a key that is set again. */
function takePlace<T>(
  present: SettingMap<T> | undefined,
  added: readonly Setting<T>[],
  keyOf: KeyOf<T>,
): SettingMap<T> {
  const map = present ?? new Map<string, Setting<T>>();
  for (const setting of added) {
    const key = keyOf(setting.value);
    map.set(key, replaceSetting(map.get(key), setting));
  }
  return map;
}

function moveToEnd<T>(
  present: SettingMap<T> | undefined,
  added: readonly Setting<T>[],
  keyOf: KeyOf<T>,
): SettingMap<T> {
  const map = present ?? new Map<string, Setting<T>>();
  for (const setting of added) {
    const key = keyOf(setting.value);
    map.delete(key);
    map.set(key, setting);
  }
  return map;
}
