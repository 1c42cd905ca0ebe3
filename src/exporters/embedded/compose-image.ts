/** One image of all platforms: its documents, and the blobs they refer to. */

import type { LayerStore } from "../../engine/layer/layer.ts";
import type { StageResult } from "../../engine/result.ts";
import { allOrNone } from "../../execute/all-or-none.ts";
import { assembleImage, type Image } from "../../oci/assemble-image.ts";
import { type Blob, documentBlob } from "../../oci/blob.ts";
import { type Descriptor, mediaTypes } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { formatSeconds } from "../../oci/history.ts";
import { renderIndex } from "../../oci/image-json.ts";
import { formatPlatform } from "../../oci/platform.ts";
import { problems } from "../problems.ts";
import { annotationsAt } from "./annotations.ts";
import { type AttestationDocuments, attestationManifest } from "./attestation-manifest.ts";
import { type EncodedLayer, encodeLayers } from "./encode-layers.ts";
import type { ImageAttributes } from "./image-attributes.ts";

export interface ComposedImage {
  /** What a tag stands for: a manifest, or an index of several. Annotations of its descriptor included. */
  readonly top: Descriptor;
  /** Of the only image; absent when there is an index. */
  readonly configDigest?: Digest;
  /** Small blobs, what is referred to before what refers to it; `top` is the last. */
  readonly documents: readonly Blob[];
  /** Each once. */
  readonly layers: readonly EncodedLayer[];
  readonly images: readonly Image[];
  /** RFC 3339, of the youngest image; the time now when none says. */
  readonly created: string;
}

export interface ComposeOptions {
  readonly attributes: ImageAttributes;
  readonly layers: LayerStore;
  readonly nowMs: number;
  readonly signal: AbortSignal;
  /** Statements about an image, made when it is known. None for an image nobody attests. */
  readonly attest: (image: Image, index: number, layers: readonly EncodedLayer[]) => Promise<AttestationDocuments>;
  readonly onProgress?: (bytes: number) => void;
  readonly onWarning?: (message: string, detail: readonly string[]) => void;
}

const attestedAtOnce = 4;

export async function composeImage(results: readonly StageResult[], options: ComposeOptions): Promise<ComposedImage> {
  const { attributes, layers, signal, onProgress } = options;
  const { epochSeconds, encoding, force, clamp, keepForeignLayers } = attributes;
  const encoded = await encodeLayers(results, {
    layers,
    encoding,
    force,
    keepForeignLayers,
    signal,
    ...(epochSeconds !== undefined && clamp ? { latestSeconds: epochSeconds } : {}),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const build = (docker: boolean): readonly Image[] =>
    results.map((result, i) => imageOf(result, encoded[i] ?? [], { ...options, docker }));
  const oci = build(false);
  const statements = await allOrNone([...oci.entries()], { atOnce: attestedAtOnce, signal }, ([i, image]) =>
    options.attest(image, i, encoded[i] ?? []),
  );
  const attested = statements.some(({ statements: list }) => list.length > 0);
  const docker = attributes.docker && !needsOci(attributes, attested, options.onWarning);
  const images = docker ? build(true) : oci;
  return finish({ images, docker, statements, encoded, options });
}

interface Finishing {
  readonly images: readonly Image[];
  readonly docker: boolean;
  readonly statements: readonly AttestationDocuments[];
  readonly encoded: readonly (readonly EncodedLayer[])[];
  readonly options: ComposeOptions;
}

function finish({ images, docker, statements, encoded, options }: Finishing): ComposedImage {
  const { annotations, ociArtifact } = options.attributes;
  const attestations = images.flatMap((image, i) => {
    const documents = statements[i];
    return documents === undefined || documents.statements.length === 0
      ? []
      : [attestationManifest(image, documents, { ociArtifact })];
  });
  const layers = [...new Map(encoded.flat().map((layer) => [layer.descriptor.digest, layer])).values()];
  const parts = [...images.flatMap(({ config, manifest }) => [config, manifest]), ...attestations.flat()];
  const created = latest(images) ?? formatSeconds(Math.floor(options.nowMs / 1000));
  const [only, ...more] = images;
  const described = images.map((image) => describedManifest(image, annotations));
  if (only !== undefined && more.length === 0 && attestations.length === 0) {
    if (annotations.some(({ level }) => level === "index" || level === "index-descriptor")) {
      throw problems.indexAnnotations();
    }
    const top = described[0] ?? only.manifest.descriptor;
    const configDigest = only.config.descriptor.digest;
    return { top, configDigest, documents: unique(parts), layers, images, created };
  }
  const ofIndex = annotationsAt(annotations, "index");
  const mediaType = docker ? mediaTypes.dockerIndex : mediaTypes.ociIndex;
  const manifests = [...described, ...attestations.map((all) => all.at(-1)).flatMap((blob) => blob?.descriptor ?? [])];
  const index = documentBlob(
    mediaType,
    renderIndex({ mediaType, manifests, ...(ofIndex === undefined ? {} : { annotations: ofIndex }) }),
  );
  const ofTop = annotationsAt(annotations, "index-descriptor");
  const top = ofTop === undefined ? index.descriptor : { ...index.descriptor, annotations: ofTop };
  return { top, documents: unique([...parts, index]), layers, images, created };
}

function imageOf(
  result: StageResult,
  layers: readonly EncodedLayer[],
  { attributes, docker, nowMs }: ComposeOptions & { readonly docker: boolean },
): Image {
  const { epochSeconds, annotations } = attributes;
  const ofManifest = annotationsAt(annotations, "manifest", result.platform);
  return assembleImage(
    {
      platform: result.platform,
      config: result.config,
      ...(result.author === undefined ? {} : { author: result.author }),
      history: result.history,
      diffIds: layers.map(({ diffId }) => diffId),
      layers: layers.map(({ descriptor }) => descriptor),
      ...(result.inlineCache === undefined ? {} : { inlineCache: result.inlineCache }),
    },
    {
      docker,
      now: formatSeconds(epochSeconds ?? Math.floor(nowMs / 1000)),
      ...(epochSeconds === undefined ? {} : { latest: formatSeconds(epochSeconds) }),
      ...(ofManifest === undefined ? {} : { annotations: ofManifest }),
    },
  );
}

function describedManifest({ manifest, platform }: Image, annotations: ImageAttributes["annotations"]): Descriptor {
  const own = annotationsAt(annotations, "manifest-descriptor", platform);
  return own === undefined ? manifest.descriptor : { ...manifest.descriptor, annotations: own };
}

/** Docker's media types know neither annotations, nor zstd, nor attestations. */
function needsOci(
  { annotations, encoding, dockerSaid }: ImageAttributes,
  attested: boolean,
  onWarning: ComposeOptions["onWarning"],
): boolean {
  const reason = attested
    ? "attestations"
    : annotations.length > 0
      ? "annotations"
      : encoding.compression === "zstd" || encoding.compression === "estargz"
        ? `${encoding.compression} layers`
        : undefined;
  if (reason === undefined) return false;
  if (dockerSaid) {
    onWarning?.(`OCI media types are used in spite of oci-mediatypes=false: Docker's have no ${reason}`, [
      "Drop oci-mediatypes=false, or what needs OCI's.",
    ]);
  }
  return true;
}

function unique(blobs: readonly Blob[]): readonly Blob[] {
  return [...new Map(blobs.map((blob) => [blob.descriptor.digest, blob])).values()];
}

function latest(images: readonly Image[]): string | undefined {
  const times = images.flatMap(({ created }) => created ?? []);
  return times.length === 0 ? undefined : times.reduce((a, b) => (Date.parse(a) < Date.parse(b) ? b : a));
}

/** Annotations for platforms that are not built say nothing; their author should know. */
export function strayAnnotations(
  annotations: ImageAttributes["annotations"],
  results: readonly StageResult[],
): readonly string[] {
  const built = new Set(results.map(({ platform }) => formatPlatform(platform)));
  return [...new Set(annotations.flatMap(({ platform }) => platform ?? []))].filter((name) => !built.has(name));
}
