/** The index of an image, of the indexes that several nodes made. */
import { TsbakeError } from "../../base/errors.ts";
import { isRecord } from "../../base/json-shape.ts";
import { isIndex, mediaTypes } from "../../oci/descriptor.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import type { Manifest } from "../../registry/client.ts";

/** One index of several; annotations are those of all of them. */
export function combine(parts: readonly Manifest[]): { readonly mediaType: string; readonly bytes: Uint8Array } {
  const documents = parts.map(({ bytes, descriptor }) => {
    const document: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    if (!isIndex(descriptor.mediaType) || !isRecord(document) || !Array.isArray(document.manifests)) {
      throw badPart(`${descriptor.digest} is no index`);
    }
    return { manifests: document.manifests.filter(isRecord), annotations: document.annotations };
  });
  const manifests = documents.flatMap((document) => document.manifests);
  const isAttestation = ({ platform }: Readonly<Record<string, unknown>>): boolean =>
    isRecord(platform) && platform.os === "unknown";
  const annotations = Object.assign({}, ...documents.map((document) => document.annotations));
  const docker = parts.every(({ descriptor }) => descriptor.mediaType === mediaTypes.dockerIndex);
  const mediaType = docker ? mediaTypes.dockerIndex : mediaTypes.ociIndex;
  const index = {
    schemaVersion: 2,
    mediaType,
    manifests: [...manifests.filter((each) => !isAttestation(each)), ...manifests.filter(isAttestation)],
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
  return { mediaType, bytes: Buffer.from(JSON.stringify(index, undefined, 2)) };
}

/** Which image a node made. */
export function partDigest(answer: ReadonlyMap<string, string>): Digest {
  const digest = answer.get("containerimage.digest") ?? "";
  if (isDigest(digest)) return digest;
  throw badPart("a node did not say which image it made");
}

export function badPart(why: string): TsbakeError {
  return new TsbakeError("exporters/parts", `the parts of the image cannot be put together: ${why}`, {
    hint: "build on one node, or push the platforms under names of their own",
  });
}
