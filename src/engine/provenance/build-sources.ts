/** What a result was made from, as far as it can be named: the facts of provenance. */
import { compareBytes } from "../../base/text.ts";
import { parseGitAddress } from "../../buildfile/git-address.ts";
import { canonicalReference } from "../../oci/layout.ts";
import { imageUrl } from "../../oci/package-url.ts";
import type { Platform } from "../../oci/platform.ts";
import { formatReference, parseReference } from "../../oci/reference.ts";

export interface BuildSources {
  readonly materials: readonly Material[];
  /** Names of the folders that files were sent from: `context`, `dockerfile`, those of named contexts. */
  readonly locals: readonly string[];
  /** What commands and repositories may ask for, by id; never a value. */
  readonly secrets: readonly Access[];
  readonly agents: readonly Access[];
  /** Whether a command could reach others while it ran. */
  readonly network: boolean;
  /** Those of linked targets first. */
  readonly dockerfiles: readonly DockerfileText[];
}

export interface DockerfileText {
  /** Without its folder. */
  readonly name: string;
  readonly text: string;
}

export interface Material {
  readonly kind: "image" | "git" | "http";
  /** A package URL, a git or http address. Credentials are left out. */
  readonly uri: string;
  /** Algorithm to hexadecimal digest. */
  readonly digest: Readonly<Record<string, string>>;
  /** By which those of a kind are ordered. */
  readonly order: string;
}

export interface Access {
  readonly id: string;
  /** Nothing that asks for it needs it. */
  readonly optional: boolean;
}

export const noSources: BuildSources = {
  materials: [],
  locals: [],
  secrets: [],
  agents: [],
  network: false,
  dockerfiles: [],
};

/** Each thing once and in order: images, repositories, files, each by name. An image by digest is left out where its tag is told. */
export function mergeSources(all: readonly BuildSources[]): BuildSources {
  const materials = new Map(all.flatMap((each) => each.materials).map((each) => [`${each.kind} ${each.uri}`, each]));
  const tagged = new Set([...materials.values()].filter(({ order }) => !order.includes("@")).map(({ order }) => order));
  const kept = [...materials.values()].filter(
    ({ kind, order }) => kind !== "image" || !order.includes("@") || !tagged.has(withTag(order)),
  );
  return {
    materials: kept.sort((a, b) => rank(a) - rank(b) || compareBytes(a.order, b.order) || compareBytes(a.uri, b.uri)),
    locals: [...new Set(all.flatMap(({ locals }) => locals))].sort(compareBytes),
    secrets: mergeAccess(all.flatMap(({ secrets }) => secrets)),
    agents: mergeAccess(all.flatMap(({ agents }) => agents)),
    network: all.some(({ network }) => network),
    dockerfiles: [
      ...new Map(
        all.flatMap(({ dockerfiles }) => dockerfiles).map((each) => [JSON.stringify([each.name, each.text]), each]),
      ).values(),
    ],
  };
}

const kinds: readonly Material["kind"][] = ["image", "git", "http"];

function rank({ kind }: Material): number {
  return kinds.indexOf(kind);
}

function withTag(reference: string): string {
  const [name = ""] = reference.split("@", 1);
  return /:[^/]*$/.test(name) ? name : `${name}:latest`;
}

function mergeAccess(all: readonly Access[]): readonly Access[] {
  const byId = new Map<string, Access>();
  for (const { id, optional } of all) byId.set(id, { id, optional: optional && (byId.get(id)?.optional ?? true) });
  return [...byId.values()].sort((a, b) => compareBytes(a.id, b.id));
}

export interface NamedImage {
  /** As written, with or without a digest. */
  readonly reference: string;
  /** In full; what the reference stands for is behind its `@`. */
  readonly resolved: string;
  readonly platform: Platform;
  /** From a layout: `reference` is the name its context has. */
  readonly ofLayout: boolean;
}

/** None for a name that is no image's. */
export function imageMaterial({ reference, resolved, platform, ofLayout }: NamedImage): readonly Material[] {
  const parsed = parseReference(reference);
  const digest = resolved.slice(resolved.lastIndexOf("@") + 1);
  const colon = digest.indexOf(":");
  if (!parsed.ok || colon === -1) return [];
  const name = canonicalReference(ofLayout ? { ...parsed.value, digest } : parsed.value);
  const uri = imageUrl(ofLayout ? "oci" : "docker", name, platform);
  return [
    { kind: "image", uri, digest: { [digest.slice(0, colon)]: digest.slice(colon + 1) }, order: formatReference(name) },
  ];
}

export function fileMaterial(url: string, sha256: string): Material {
  const uri = withoutCredentials(url);
  return { kind: "http", uri, digest: { sha256 }, order: uri };
}

export function repositoryMaterial(address: string, commit: string): Material {
  const uri = repositoryUri(address, { withFolder: false });
  return { kind: "git", uri, digest: commitDigest(commit), order: uri };
}

/** A commit by the hash that names it. */
export function commitDigest(commit: string): Readonly<Record<string, string>> {
  return { [commit.length === 64 ? "sha256" : "sha1"]: commit };
}

/** An address of git in the form `URL#REF:FOLDER`, however it was written. */
export function repositoryUri(address: string, { withFolder }: { readonly withFolder: boolean }): string {
  const parsed = parseGitAddress(address);
  if (!parsed.ok) return withoutCredentials(address);
  const { url, ref, subfolder } = parsed.value;
  const folder = withFolder ? subfolder.replace(/^\/+/, "") : "";
  const fragment = folder === "" ? ref : `${ref}:${folder}`;
  return `${withoutCredentials(url)}${fragment === "" ? "" : `#${fragment}`}`;
}

/** Who fetched something is nobody's business. The user that ssh needs stays, and so do the digests of images. */
export function withoutCredentials(address: string): string {
  if (/^(?:docker-image|oci-layout):/.test(address)) return address;
  return address.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, (_, scheme: string) =>
    scheme.toLowerCase() === "ssh://" ? "ssh://git@" : scheme,
  );
}
