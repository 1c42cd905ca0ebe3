/** The attributes of exports that hold an image, as data. */
import type { Encoding } from "../../engine/layer/layer.ts";
import { canonicalReference } from "../../oci/layout.ts";
import { formatReference, type ImageReference, parseReference } from "../../oci/reference.ts";
import { booleanAttribute } from "../attributes.ts";
import { problems } from "../problems.ts";
import { type AnnotationAttribute, readAnnotations } from "./annotations.ts";
import type { WriteRequest } from "./request.ts";

export interface ImageAttributes {
  readonly names: readonly ImageReference[];
  readonly encoding: Encoding;
  /** Layers of base images are encoded anew, too. */
  readonly force: boolean;
  /** Docker's media types are asked for; some contents need OCI's all the same. */
  readonly docker: boolean;
  /** `oci-mediatypes=false` was said, not only assumed. */
  readonly dockerSaid: boolean;
  readonly ociArtifact: boolean;
  /** Whether attestations that only make sense beside a stored image are kept. */
  readonly inlineAttestations: boolean;
  readonly clamp: boolean;
  readonly epochSeconds?: number;
  readonly keepForeignLayers: boolean;
  readonly annotations: readonly AnnotationAttribute[];
}

/** Throws a TsbakeError for a value that makes no sense. */
export function readImageAttributes({ exporter, attributes, epochSeconds, invocation }: WriteRequest): ImageAttributes {
  const output = { type: exporter, attributes };
  const is = (key: string, byDefault: boolean): boolean => booleanAttribute(output, key) ?? byDefault;
  const epoch = readEpoch(output) ?? epochSeconds;
  const ociSaid = booleanAttribute(output, "oci-mediatypes");
  return {
    names: readNames(attributes.get("name"), exporter),
    encoding: readEncoding(output),
    force: is("force-compression", false),
    docker: ociSaid === undefined ? exporter === "docker" : !ociSaid,
    dockerSaid: ociSaid === false,
    ociArtifact: is("oci-artifact", true),
    inlineAttestations: is("attestation-inline", exporter === "image"),
    clamp: is("rewrite-timestamp", true),
    ...(epoch === undefined ? {} : { epochSeconds: epoch }),
    keepForeignLayers: is("prefer-nondist-layers", false),
    annotations: readAnnotations(attributes, invocation.builderPlatform),
  };
}

interface Output {
  readonly type: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** Seconds; undefined when the output does not say. */
export function readEpoch({ type, attributes }: Output): number | undefined {
  const text = attributes.get("source-date-epoch");
  if (text === undefined || text === "") return undefined;
  if (!/^-?[0-9]{1,12}$/.test(text))
    throw problems.badParameter(type, "source-date-epoch", text, "a number of seconds");
  return Number(text);
}

/** Each once, however it is spelled. */
function readNames(text: string | undefined, type: string): readonly ImageReference[] {
  const names = new Map<string, ImageReference>();
  for (const name of (text ?? "").split(",").map((each) => each.trim())) {
    if (name === "") continue;
    const reference = parseReference(name);
    if (!reference.ok) throw problems.badParameter(type, "name", name, `the name of an image (${reference.message})`);
    const key = formatReference(canonicalReference(reference.value));
    if (!names.has(key)) names.set(key, reference.value);
  }
  return [...names.values()];
}

const highestLevel = { gzip: 9, estargz: 9, zstd: 22 } as const;

/** Throws a TsbakeError for a compression, or a level, that there is not. */
export function readEncoding({ type, attributes }: Output): Encoding {
  const compression = attributes.get("compression") || "gzip";
  const text = attributes.get("compression-level") ?? "";
  if (compression === "uncompressed") return { compression };
  if (compression !== "gzip" && compression !== "estargz" && compression !== "zstd") {
    throw problems.badParameter(type, "compression", compression, "gzip, zstd, estargz or uncompressed");
  }
  if (text === "") return { compression };
  const highest = highestLevel[compression];
  if (!/^[0-9]{1,2}$/.test(text) || Number(text) > highest) {
    throw problems.badParameter(type, "compression-level", text, `a number from 0 to ${highest} for ${compression}`);
  }
  return { compression, level: Number(text) };
}
