/** `cache-from` and `cache-to` of a target, read: where caches are, and how they are written. */
import { resolve } from "node:path";
import { parseBoolean } from "../../base/boolean.ts";
import type { CacheEntry } from "../../buildfile/attributes/entries.ts";
import { BuildFailure } from "../../execute/ports.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { type ImageReference, parseReference } from "../../oci/reference.ts";
import type { Target } from "../../plan/plan.ts";
import { exactEncoding } from "../layer/form.ts";
import type { Encoding } from "../layer/layer.ts";

export type CacheSource = FolderSource | RegistryPlace;

export interface FolderSource {
  readonly kind: "local";
  /** Absolute. */
  readonly folder: string;
  readonly tag: string;
  readonly digest?: Digest;
}

export interface RegistryPlace {
  readonly kind: "registry";
  readonly reference: ImageReference;
  readonly insecure: boolean;
}

export type CacheDestination = StoredDestination | { readonly kind: "inline" };

export interface StoredDestination {
  readonly kind: "stored";
  readonly place: { readonly kind: "local"; readonly folder: string; readonly tag: string } | RegistryPlace;
  /** All steps, not only those whose layers are in the result. */
  readonly allSteps: boolean;
  /** An image manifest, not an index. */
  readonly imageManifest: boolean;
  readonly docker: boolean;
  readonly encoding: Encoding;
  readonly force: boolean;
  readonly ignoreError: boolean;
}

export interface CachePlaces {
  readonly from: readonly CacheSource[];
  readonly to: readonly CacheDestination[];
  /** What is left out, for people. */
  readonly warnings: readonly string[];
}

/** Throws a BuildFailure for an attribute that makes no sense. Types that are for other builders are left out, with a warning each. */
export function cachePlaces(target: Target, workingFolder: string): CachePlaces {
  const warnings = new Set<string>();
  const known = (direction: string, types: readonly string[], entries: readonly CacheEntry[]): readonly CacheEntry[] =>
    entries.filter(({ type }) => {
      if (types.includes(type)) return true;
      warnings.add(
        `the embedded engine has no cache of type ${type}: ${direction} is left out; use type=registry or type=local`,
      );
      return false;
    });
  // An image with a cache inside is read as type=registry: BuildKit says nothing of type=inline there either.
  const from = known("cache-from", ["local", "registry"], target.cacheFrom);
  const to = known("cache-to", ["local", "registry", "inline"], target.cacheTo);
  const destinations = to.map((entry) => destinationOf(new Attributes(target, "cache-to", entry), workingFolder));
  if (parseBoolean(target.args.get("BUILDKIT_INLINE_CACHE") ?? "") === true) destinations.push({ kind: "inline" });
  return {
    from: from.map((entry) => sourceOf(new Attributes(target, "cache-from", entry), workingFolder)),
    to: destinations,
    warnings: [...warnings],
  };
}

function sourceOf(attributes: Attributes, workingFolder: string): CacheSource {
  if (attributes.type === "registry") return registryPlace(attributes);
  const digest = attributes.text("digest");
  if (digest !== undefined && !isDigest(digest)) throw attributes.bad("digest", "a digest");
  return {
    kind: "local",
    folder: resolve(workingFolder, attributes.needed("src", "a folder")),
    tag: attributes.text("tag") ?? "latest",
    ...(digest === undefined ? {} : { digest }),
  };
}

function destinationOf(attributes: Attributes, workingFolder: string): CacheDestination {
  const mode = attributes.text("mode") ?? "min";
  if (mode !== "min" && mode !== "max") throw attributes.bad("mode", "min or max");
  if (attributes.type === "inline") return { kind: "inline" };
  const oci = attributes.flag("oci-mediatypes", true);
  const imageManifest = attributes.flag("image-manifest", oci);
  if (imageManifest && !oci) throw attributes.bad("image-manifest", "false where oci-mediatypes is false");
  return {
    kind: "stored",
    place:
      attributes.type === "registry"
        ? registryPlace(attributes)
        : {
            kind: "local",
            folder: resolve(workingFolder, attributes.needed("dest", "a folder")),
            tag: attributes.text("tag") ?? "latest",
          },
    allSteps: mode === "max",
    imageManifest,
    docker: !oci,
    encoding: encodingOf(attributes),
    force: attributes.flag("force-compression", false),
    ignoreError: attributes.flag("ignore-error", false),
  };
}

function registryPlace(attributes: Attributes): RegistryPlace {
  const reference = parseReference(attributes.needed("ref", "the name of an image"));
  if (!reference.ok) throw attributes.bad("ref", `the name of an image (${reference.message})`);
  return { kind: "registry", reference: reference.value, insecure: attributes.flag("registry.insecure", false) };
}

/** estargz has another diff ID than the step's layer, by which nothing that stands on it would be found again. */
function encodingOf(attributes: Attributes): Encoding {
  const compression = attributes.text("compression") ?? "gzip";
  if (compression !== "gzip" && compression !== "zstd" && compression !== "uncompressed") {
    throw attributes.bad("compression", "gzip, zstd or uncompressed");
  }
  const level = attributes.text("compression-level");
  if (level !== undefined && !/^[0-9]{1,2}$/.test(level)) throw attributes.bad("compression-level", "a number");
  const encoding: Encoding = { compression, ...(level === undefined ? {} : { level: Number(level) }) };
  exactEncoding(encoding);
  return encoding;
}

/** Of one entry, with words for what is wrong with them. */
class Attributes {
  readonly type: string;
  readonly #entry: CacheEntry;
  readonly #subject: string;

  constructor(target: Target, direction: string, entry: CacheEntry) {
    this.type = entry.type;
    this.#entry = entry;
    this.#subject = `${direction} of target ${JSON.stringify(target.name)}`;
  }

  /** Undefined when it is empty. */
  text(name: string): string | undefined {
    return this.#entry.attributes.get(name) || undefined;
  }

  needed(name: string, what: string): string {
    const text = this.text(name);
    if (text !== undefined) return text;
    throw new BuildFailure("build/bad-attribute", `${this.#subject}: a cache of type ${this.type} needs ${name}`, {
      hint: `write type=${this.type},${name}=… with ${what}`,
    });
  }

  flag(name: string, byDefault: boolean): boolean {
    const text = this.text(name);
    if (text === undefined) return byDefault;
    const value = parseBoolean(text);
    if (value === undefined) throw this.bad(name, "true or false");
    return value;
  }

  bad(name: string, wanted: string): BuildFailure {
    const message = `${this.#subject}: ${name}=${this.text(name) ?? ""} cannot be used`;
    return new BuildFailure("build/bad-attribute", message, { hint: `${name} is ${wanted}` });
  }
}
