/** A target's caches as the node is told of them. */
import { parseBoolean } from "../../base/boolean.ts";
import type { CacheEntry } from "../../buildfile/attributes/entries.ts";
import { BuildFailure } from "../../execute/ports.ts";
import type { Target } from "../../plan/plan.ts";
import { CacheOptions, CacheOptionsEntry } from "../gen/control.ts";
import { azureAccess, s3Access, secretAttributes } from "./cache-credentials.ts";

export interface CacheFacts {
  readonly capabilities: ReadonlySet<string>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** False for a Docker engine without the containerd image store: it exports inline caches only. */
  readonly exportable: boolean;
}

export interface CacheCall {
  readonly options: CacheOptions;
  /** Said once to the user: what was left out, and why. */
  readonly warnings: readonly string[];
  /** What lets the node in: not to be shown to anybody. */
  readonly secrets: readonly string[];
}

/** Throws a BuildFailure for a cache that this node cannot be asked for. */
export function cacheCall(target: Target, facts: CacheFacts): CacheCall {
  const warnings: string[] = [];
  const keep = (entries: readonly CacheEntry[], direction: "from" | "to"): CacheOptionsEntry[] =>
    entries.flatMap((entry) => {
      const problem = unusable(entry, facts);
      if (problem !== undefined) {
        warnings.push(`cache-${direction} of target ${JSON.stringify(target.name)}: ${problem}; it is left out`);
        return [];
      }
      return [complete(target, entry, facts)];
    });
  const inline = parseBoolean(target.args.get("BUILDKIT_INLINE_CACHE") ?? "") === true;
  const exports = inline
    ? [...target.cacheTo, { type: "inline", attributes: new Map<string, string>() }]
    : target.cacheTo;
  const unique = checkExports(target, exports, facts);
  const options = CacheOptions.create({ Imports: keep(target.cacheFrom, "from"), Exports: keep(unique, "to") });
  return { options, warnings, secrets: secretsOf(options) };
}

/** The imports as the frontend reads them: JSON in the attribute `cache-imports`. Empty without imports. */
export function cacheImportsAttribute(options: CacheOptions): ReadonlyMap<string, string> {
  if (options.Imports.length === 0) return new Map();
  const list = options.Imports.map(({ Type, Attrs }) => ({ Type, Attrs: Object.fromEntries(Attrs) }));
  return new Map([["cache-imports", JSON.stringify(list)]]);
}

/** Equal entries count once; a second inline export is the same one. */
function checkExports(target: Target, entries: readonly CacheEntry[], facts: CacheFacts): readonly CacheEntry[] {
  const key = ({ type, attributes }: CacheEntry): string =>
    type === "inline" ? type : JSON.stringify([type, [...attributes].sort(([a], [b]) => (a < b ? -1 : 1))]);
  const unique = [...new Map(entries.map((entry) => [key(entry), entry])).values()];
  const [refused] = facts.exportable ? [] : unique.filter((entry) => entry.type !== "inline");
  if (refused === undefined) return unique;
  throw new BuildFailure(
    "build/cache-export-unsupported",
    `cache-to of target ${JSON.stringify(target.name)}: this Docker engine cannot export a cache of type ${refused.type}`,
    { hint: "switch the engine to the containerd image store, use another builder, or use type=inline" },
  );
}

/** Services that a daemon has a client for, or has none. */
const elsewhere: ReadonlySet<string> = new Set(["gha", "s3", "azblob"]);

function unusable(entry: CacheEntry, facts: CacheFacts): string | undefined {
  const { environment, capabilities } = facts;
  if (elsewhere.has(entry.type) && capabilities.size > 0 && !capabilities.has(`cache.${entry.type}`)) {
    return `the builder has no cache of type ${entry.type}`;
  }
  const given = (name: string, variable: string): boolean =>
    Boolean(entry.attributes.get(name) || environment[variable]);
  if (entry.type !== "gha") return undefined;
  const address = given("url", "ACTIONS_CACHE_URL") || given("url_v2", "ACTIONS_RESULTS_URL");
  if (given("token", "ACTIONS_RUNTIME_TOKEN") && address) return undefined;
  return "there is no GitHub Actions cache here (ACTIONS_RUNTIME_TOKEN and ACTIONS_RESULTS_URL are not set)";
}

function secretsOf({ Imports, Exports }: CacheOptions): readonly string[] {
  const pairs = [...Imports, ...Exports].flatMap(({ Attrs }) => [...Attrs]);
  return pairs.flatMap(([name, value]) => (secretAttributes.has(name) && value !== "" ? [value] : []));
}

const accessTo: ReadonlyMap<string, typeof s3Access> = new Map([
  ["s3", s3Access],
  ["azblob", azureAccess],
]);

/** Adds what the client knows and the node does not. */
function complete(target: Target, entry: CacheEntry, { environment }: CacheFacts): CacheOptionsEntry {
  if (entry.type === "registry" && !entry.attributes.get("ref")) {
    throw new BuildFailure(
      "build/bad-attribute",
      `a cache of type registry of target ${JSON.stringify(target.name)} has no ref`,
      {
        hint: "write type=registry,ref=registry.example/name:tag",
      },
    );
  }
  const attributes = new Map(entry.attributes);
  const add = (name: string, value: string | undefined): void => {
    if (value && !attributes.get(name)) attributes.set(name, value);
  };
  if (entry.type === "gha") {
    add("token", environment.ACTIONS_RUNTIME_TOKEN);
    add("url", environment.ACTIONS_CACHE_URL);
    add("url_v2", environment.ACTIONS_RESULTS_URL);
    if (parseBoolean(environment.ACTIONS_CACHE_SERVICE_V2 ?? "") === true) add("version", "2");
  }
  const access = accessTo.get(entry.type)?.(entry.attributes, environment) ?? {};
  for (const [name, value] of Object.entries(access)) add(name, value);
  return CacheOptionsEntry.create({ Type: entry.type, Attrs: attributes });
}
