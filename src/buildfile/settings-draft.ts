/** A target's settings while they are put together: layers are laid over one another in place. */
import type { AttestEntry, CacheEntry, OutputEntry, PolicyEntry, SecretEntry, SshEntry } from "./attributes/entries.ts";
import type { Setting, TargetSettings } from "./definition.ts";
import { mergeResources, replaceSetting } from "./setting-history.ts";
import { withoutRepeated } from "./without-repeated.ts";

type ReplacedTextKey = "tags" | "platforms";
export type MapKey = "args" | "labels" | "extra-hosts" | "contexts";
type AppendedTextKey = "annotations" | "no-cache-filter" | "ulimits" | "entitlements" | "inherits";

/** The list attributes of which a layer replaces the whole list. */
export type ReplacedKey = ReplacedTextKey | "output" | "cache-to";

/** The list attributes that collect what every layer adds. */
export type AppendedKey = AppendedTextKey | keyof Collections;

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
  /** Of a map, the one a layer came with until there is something to write to it. */
  readonly #values: Mutable<Omit<TargetSettings, AppendedKey>> = {};
  /** The maps of `#values` that are the draft's own. */
  readonly #ownMaps: { [K in MapKey]?: SettingMap<string> } = {};
  /** The lists of one text that came alone so far, taken over as they are. */
  readonly #onlyText: { [K in AppendedTextKey]?: readonly Setting<string>[] | undefined } = {};
  readonly #texts: { [K in AppendedTextKey]?: SettingMap<string> | undefined } = {};
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

  /** Lays a layer over what is here. Linear in what the layer sets, neither in what it could set nor in the draft. */
  merge(over: TargetSettings): void {
    for (const key in over) {
      switch (key) {
        case "args":
        case "labels":
        case "extra-hosts":
        case "contexts":
          this.#mergeMap(key, over[key]);
          break;
        case "annotations":
        case "no-cache-filter":
        case "ulimits":
        case "entitlements":
        case "inherits":
          this.#mergeTexts(key, over[key]);
          break;
        case "cache-from":
        case "secret":
        case "ssh":
        case "attest":
        case "policy":
          this.#mergeCollection(key, over);
          break;
        default:
          this.#mergeValue(key, over);
      }
    }
  }

  /** Adds the lists that a merge would replace (`tags`, `platforms`, `output`, `cache-to`) to those that are here. */
  append(added: TargetSettings): void {
    const values = this.#values;
    const { tags, platforms, output, "cache-to": cacheTo } = added;
    if (tags !== undefined) values.tags = appended(values.tags, tags);
    if (platforms !== undefined) values.platforms = appended(values.platforms, platforms);
    if (output !== undefined) values.output = appended(values.output, output);
    if (cacheTo !== undefined) values["cache-to"] = appended(values["cache-to"], cacheTo);
  }

  /** Empties an appended list, as if no layer had set it. */
  clear(key: AppendedKey): void {
    if (key === "cache-from" || key === "secret" || key === "ssh" || key === "attest" || key === "policy") {
      delete this.#collections[key];
    } else {
      if (this.#texts[key] !== undefined) this.#texts[key] = undefined;
      if (this.#onlyText[key] !== undefined) this.#onlyText[key] = undefined;
    }
  }

  /** An empty named context removes the one inherited; afterwards it is as if it had never been said. */
  dropEmptyContexts(): void {
    const { contexts } = this.#values;
    if (contexts === undefined) return;
    for (const [name, setting] of [...contexts]) {
      if (setting.value === "") this.#ownMap("contexts").delete(name);
    }
  }

  /** The settings as they stand. They share the draft's maps: a draft is not merged into after it was finished. */
  finish(): TargetSettings {
    const settings: Mutable<TargetSettings> = { ...this.#values };
    let key: AppendedTextKey;
    for (key in this.#onlyText) {
      const list = this.#onlyText[key];
      if (list !== undefined) settings[key] = list;
    }
    for (key in this.#texts) {
      const map = this.#texts[key];
      if (map !== undefined) settings[key] = [...map.values()];
    }
    const { "cache-from": cacheFrom, secret, ssh, attest, policy } = this.#collections;
    if (cacheFrom !== undefined) settings["cache-from"] = [...cacheFrom.values()];
    if (secret !== undefined) settings.secret = [...secret.values()];
    if (ssh !== undefined) settings.ssh = [...ssh.values()];
    if (attest !== undefined) settings.attest = [...attest.values()];
    if (policy !== undefined) settings.policy = [...policy.values()];
    return settings;
  }

  #mergeMap(key: MapKey, over: ReadonlyMap<string, Setting<string>> | undefined): void {
    if (over === undefined) return;
    if (this.#values[key] === undefined) {
      this.#values[key] = over;
      return;
    }
    const map = this.#ownMap(key);
    over.forEach((setting, name) => {
      map.set(name, replaceSetting(map.get(name), setting));
    });
  }

  #ownMap(key: MapKey): SettingMap<string> {
    const known = this.#ownMaps[key];
    if (known !== undefined) return known;
    const own = new Map(this.#values[key]);
    this.#ownMaps[key] = own;
    this.#values[key] = own;
    return own;
  }

  #mergeTexts(key: AppendedTextKey, over: readonly Setting<string>[] | undefined): void {
    if (over === undefined) return;
    const present = this.#texts[key];
    const only = this.#onlyText[key];
    if (present === undefined && only === undefined && over.length === 1) this.#onlyText[key] = over;
    else this.#texts[key] = keepFirst(present ?? keepFirst(undefined, only ?? [], asText), over, asText);
  }

  #mergeValue(key: string, over: TargetSettings): void {
    const values = this.#values;
    switch (key) {
      case "context":
      case "dockerfile":
      case "dockerfile-inline":
      case "target":
      case "network":
      case "shm-size":
      case "call":
        if (over[key] !== undefined) values[key] = replaceSetting(values[key], over[key]);
        break;
      case "pull":
      case "no-cache":
        if (over[key] !== undefined) values[key] = replaceSetting(values[key], over[key]);
        break;
      case "tags":
      case "platforms":
        if (over[key] !== undefined) values[key] = replaceSetting(values[key], over[key]);
        break;
      case "output":
        if (over.output !== undefined) values.output = replaceSetting(values.output, over.output);
        break;
      case "cache-to":
        if (over[key] !== undefined) values[key] = replaceSetting(values[key], over[key]);
        break;
      case "resources":
        if (over.resources !== undefined) values.resources = mergeResources(values.resources, over.resources);
        break;
      case "description":
        this.#mergeDescription(over.description);
    }
  }

  /** An empty description says nothing, so it does not replace one. */
  #mergeDescription(over: Setting<string> | undefined): void {
    const values = this.#values;
    if (over === undefined || (over.value === "" && values.description !== undefined)) return;
    values.description = describedOver(values.description, over);
  }

  #mergeCollection(key: keyof Collections, over: TargetSettings): void {
    const here = this.#collections;
    const { "cache-from": cacheFrom, secret, ssh, attest, policy } = over;
    if (key === "cache-from" && cacheFrom !== undefined) here[key] = addCaches(here[key], cacheFrom);
    if (key === "secret" && secret !== undefined) here.secret = takePlace(here.secret, secret, (entry) => entry.id);
    if (key === "ssh" && ssh !== undefined) here.ssh = takePlace(here.ssh, ssh, (entry) => entry.id);
    if (key === "attest" && attest !== undefined) here.attest = takePlace(here.attest, attest, (entry) => entry.type);
    if (key === "policy" && policy !== undefined) {
      here.policy = moveToEnd(here.policy, policy, (entry) => JSON.stringify(entry));
    }
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

function addCaches(
  present: SettingMap<CacheEntry> | undefined,
  added: readonly Setting<CacheEntry>[],
): SettingMap<CacheEntry> {
  const map = present ?? new Map<string, Setting<CacheEntry>>();
  for (const [key, setting] of withoutRepeated(added, ({ value }) => entryKey(value), map)) map.set(key, setting);
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
