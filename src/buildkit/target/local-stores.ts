/** The folders in OCI layout that a target reads and writes: caches of type local, and named contexts. */
import { resolve } from "node:path";
import type { CacheEntry } from "../../buildfile/attributes/entries.ts";
import { BuildFailure } from "../../execute/ports.ts";
import type { Target } from "../../plan/plan.ts";
import type { ContentStore } from "../session/store/content-store.ts";
import { createLayoutStore } from "../session/store/layout-store.ts";
import { randomIdentifier } from "../solve/identifier.ts";
import { findTaggedDigest, tagManifest } from "./layout-index.ts";

export interface LocalStores {
  /** By the ids that daemons know them by. */
  readonly stores: ReadonlyMap<string, ContentStore>;
  /** Complete, with absolute folders; an import whose folder holds nothing is left out. */
  readonly cacheFrom: readonly CacheEntry[];
  readonly cacheTo: readonly CacheEntry[];
  /** Attributes of the frontend for contexts in OCI layouts. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
  /**
   * Makes the exported caches visible under their tags. `response` is the exporter's. The result is out by then: a folder that another
   * process does not let go of is warned of, as whoever is waited for is.
   */
  readonly publish: (response: ReadonlyMap<string, string>, publishing: Publishing) => Promise<void>;
}

export interface Publishing {
  /** Ends the wait for other processes. */
  readonly signal: AbortSignal;
  readonly warn: (text: string) => void;
}

const layoutAddress = /^oci-layout:\/\/([^@]*?)(?::([\w][\w.-]{0,127}))?(?:@([a-z0-9]+:[0-9a-f]+))?$/;

/** Rejects with a BuildFailure for a folder that is named wrongly or does not hold what it should. */
export async function openLocalStores(target: Target, workingFolder: string): Promise<LocalStores> {
  const stores = new Map<string, ContentStore>();
  const attributes = new Map<string, string>();
  const warnings: string[] = [];
  const cacheFrom: CacheEntry[] = [];
  for (const entry of target.cacheFrom) {
    if (entry.type !== "local") {
      cacheFrom.push(entry);
      continue;
    }
    const folder = folderOf(target, entry, "src", workingFolder);
    const digest =
      entry.attributes.get("digest") || (await findTaggedDigest(folder, entry.attributes.get("tag") || "latest"));
    if (digest === undefined) {
      warnings.push(
        `cache-from of target ${JSON.stringify(target.name)}: ${folder} holds no cache yet; it is left out`,
      );
      continue;
    }
    stores.set(`local:${folder}`, createLayoutStore(folder, { writable: false }));
    cacheFrom.push({ type: "local", attributes: new Map([...entry.attributes, ["src", folder], ["digest", digest]]) });
  }
  const exports: { readonly folder: string; readonly tag: string }[] = [];
  const cacheTo = target.cacheTo.map((entry): CacheEntry => {
    if (entry.type !== "local") return entry;
    const folder = folderOf(target, entry, "dest", workingFolder);
    stores.set(`local:${folder}`, createLayoutStore(folder, { writable: true }));
    exports.push({ folder, tag: entry.attributes.get("tag") || "latest" });
    return { type: "local", attributes: new Map([...entry.attributes, ["dest", folder]]) };
  });
  for (const [name, value] of target.contexts) {
    if (!value.startsWith("oci-layout://")) continue;
    const { folder, suffix } = await locateLayout(target, name, value, workingFolder);
    const id = randomIdentifier();
    stores.set(`oci:${id}`, createLayoutStore(folder, { writable: false }));
    attributes.set(`context:${name}`, `oci-layout://${id}${suffix}`);
  }
  const publish = async (response: ReadonlyMap<string, string>, { signal, warn }: Publishing): Promise<void> => {
    const descriptor = response.get("cache.manifest");
    if (descriptor === undefined) return;
    for (const { folder, tag } of exports) {
      await tagManifest(folder, descriptor, tag, { signal, onWait: warn }).catch((error: unknown) => {
        if (!(error instanceof BuildFailure) || error.code !== "build/locked") throw error;
        warn(
          `the cache ${JSON.stringify(folder)} does not list this build as ${JSON.stringify(tag)}: ${error.message}`,
        );
      });
    }
  };
  return { stores, cacheFrom, cacheTo, attributes, warnings, publish };
}

function folderOf(target: Target, entry: CacheEntry, key: "src" | "dest", workingFolder: string): string {
  const folder = entry.attributes.get(key);
  if (folder) return resolve(workingFolder, folder);
  throw new BuildFailure(
    "build/bad-attribute",
    `a cache of type local of target ${JSON.stringify(target.name)} has no ${key}`,
    {
      hint: `write type=local,${key}=folder`,
    },
  );
}

async function locateLayout(
  target: Target,
  name: string,
  value: string,
  workingFolder: string,
): Promise<{ readonly folder: string; readonly suffix: string }> {
  const [, path = "", tag, given] = layoutAddress.exec(value) ?? [];
  const subject = `the named context ${JSON.stringify(name)} of target ${JSON.stringify(target.name)}`;
  if (path === "") {
    throw new BuildFailure("build/bad-attribute", `${subject} is not oci-layout://folder[:tag][@digest]: ${value}`);
  }
  const folder = resolve(workingFolder, path);
  const digest = given ?? (await findTaggedDigest(folder, tag));
  if (digest === undefined) {
    const missing = tag === undefined ? "no image that could be meant" : `no image with the tag ${JSON.stringify(tag)}`;
    throw new BuildFailure("build/context-not-found", `${subject} holds ${missing}: ${folder}`, {
      hint: "see the index.json in the folder for the tags it holds",
    });
  }
  return { folder, suffix: `${tag === undefined ? "" : `:${tag}`}@${digest}` };
}
