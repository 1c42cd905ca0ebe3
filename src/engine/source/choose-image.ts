/** From what a name stands for to the image of one platform, wherever its documents are kept. */
import { type Descriptor, isIndex, platformOfDescriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import type { ImageConfig } from "../../oci/image-config.ts";
import { formatPlatform, normalisePlatform, type Platform, runnablePlatforms } from "../../oci/platform.ts";
import type { Layer, LayerOrigin } from "../layer/layer.ts";
import { type ManifestDocument, parseConfig, parseDocument } from "./image-documents.ts";
import { noPlatform, notAnImage } from "./problems.ts";
import type { ResolvedImage } from "./sources.ts";

export interface ImagePlace {
  /** Of the image, for people. */
  readonly name: string;
  /** A manifest or an index, verified. Rejects with a TsbakeError when it cannot be had. */
  readonly manifest: (digest: Digest) => Promise<Uint8Array>;
  /** A configuration, verified. Rejects with a TsbakeError when it cannot be had. */
  readonly config: (descriptor: Descriptor) => Promise<Uint8Array>;
  readonly layer: (descriptor: Descriptor) => LayerOrigin;
}

export interface ChosenImage {
  readonly image: ResolvedImage;
  /** Of its manifest and its configuration. */
  readonly documents: readonly [manifest: Digest, config: Digest];
}

interface Found {
  readonly digest: Digest;
  readonly manifest: ManifestDocument;
  readonly config: ImageConfig;
}

/** Larger configurations are none. */
const largestConfigBytes = 16 << 20;
/** Indexes in indexes, as deep as anybody needs them. */
const deepest = 4;
/** More of one index are not looked into to find out what they are. */
const mostUnnamed = 16;

/** Rejects with a TsbakeError when there is no image, none for the platform, or when its documents do not fit together. */
export async function chooseImage(place: ImagePlace, top: Digest, platform: Platform): Promise<ChosenImage> {
  const wanted = runnablePlatforms(normalisePlatform(withoutVersion(platform))).map(formatPlatform);
  const found = await findImage(place, top, { platform, wanted, depth: 0 });
  const { digest, manifest, config } = found;
  const diffIds = config.rootfs.diff_ids ?? [];
  if (diffIds.length !== manifest.layers.length) {
    throw notAnImage(place.name, `it has ${manifest.layers.length} layers and names ${diffIds.length}`);
  }
  const layers = manifest.layers.map((descriptor, i): Layer => {
    const diffId = diffIds[i];
    if (diffId === undefined) throw new Error("as many diff IDs as layers");
    return { diffId, origin: place.layer(descriptor) };
  });
  const image = { name: place.name, digest, platform: platformOf(config), config, layers };
  return { image, documents: [digest, manifest.config.digest] };
}

interface Search {
  readonly platform: Platform;
  /** Best first. */
  readonly wanted: readonly string[];
  readonly depth: number;
}

async function findImage(place: ImagePlace, digest: Digest, search: Search): Promise<Found> {
  const document = parseDocument(await place.manifest(digest));
  if (document === undefined) throw notAnImage(place.name, "its manifest is none");
  if (document.kind === "manifest") return withConfig(place, digest, document, search.platform);
  const { depth, wanted, platform } = search;
  if (depth === deepest) throw notAnImage(place.name, "its indexes never come to an end");
  const best = bestOf(document.manifests, wanted);
  if (best !== undefined) return findImage(place, best.digest, { ...search, depth: depth + 1 });
  const unnamed = document.manifests.filter((each) => each.platform === undefined).slice(0, mostUnnamed);
  const available = document.manifests.flatMap((each) => nameOf(each) ?? []);
  for (const each of unnamed) {
    const found = await findImage(place, each.digest, { ...search, depth: depth + 1 }).catch((error: unknown) => {
      // One that is not for us may not be an image at all.
      if (isIndex(each.mediaType) || unnamed.length > 1) return undefined;
      throw error;
    });
    if (found === undefined) continue;
    const name = formatPlatform(withoutVersion(platformOf(found.config)));
    if (wanted.includes(name)) return found;
    available.push(name);
  }
  throw noPlatform(place.name, platform, [...new Set(available)]);
}

function bestOf(manifests: readonly Descriptor[], wanted: readonly string[]): Descriptor | undefined {
  for (const name of wanted) {
    const found = manifests.find((each) => nameOf(each) === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Of what people build for: attestations are for `unknown/unknown`. */
function nameOf({ platform }: Descriptor): string | undefined {
  if (platform === undefined || platform.os === "unknown") return undefined;
  return formatPlatform(normalisePlatform(withoutVersion(platformOfDescriptor(platform))));
}

/** A version of the system is nothing to choose by. */
function withoutVersion({ osVersion: _, osFeatures: __, ...bare }: Platform): Platform {
  return bare;
}

async function withConfig(
  place: ImagePlace,
  digest: Digest,
  manifest: ManifestDocument,
  platform: Platform,
): Promise<Found> {
  const { mediaType } = manifest.config;
  if (!/\b(?:container\.image|oci\.image\.config)\.v1\+json$/.test(mediaType)) {
    throw notAnImage(place.name, `its configuration is of the kind ${mediaType}`);
  }
  if (manifest.config.size > largestConfigBytes) throw notAnImage(place.name, "its configuration is too large");
  const config = parseConfig(await place.config(manifest.config), platform);
  if (config === undefined) throw notAnImage(place.name, "its configuration is none");
  return { digest, manifest, config };
}

function platformOf(config: ImageConfig): Platform {
  const version = config["os.version"];
  const { os, architecture, variant } = config;
  return normalisePlatform({
    os,
    architecture,
    ...(variant === undefined ? {} : { variant }),
    ...(version === undefined ? {} : { osVersion: version }),
  });
}
