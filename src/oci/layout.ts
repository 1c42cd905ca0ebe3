/** The documents of an OCI layout (image specification, `image-layout.md`) and of a Docker archive, which is a layout with one more file. */
import { type Descriptor, mediaTypes } from "./descriptor.ts";
import { digestHex } from "./digest.ts";
import { renderLayoutIndex } from "./image-json.ts";
import { type JsonTree, renderJson } from "./json-text.ts";
import { formatReference, type ImageReference } from "./reference.ts";

export const layoutMarker = '{"imageLayoutVersion":"1.0.0"}';

export const nameAnnotation = "io.containerd.image.name";
export const refNameAnnotation = "org.opencontainers.image.ref.name";
export const createdAnnotation = "org.opencontainers.image.created";

/** The path of a blob in a layout. */
export function blobPath({ digest }: Pick<Descriptor, "digest">): string {
  return `blobs/${digest.slice(0, digest.indexOf(":"))}/${digestHex(digest)}`;
}

/** `index.json` with one image under each of its names, or without a name. `created` is RFC 3339. */
export function layoutIndex(top: Descriptor, names: readonly ImageReference[], created: string): string {
  return renderLayoutIndex({ mediaType: mediaTypes.ociIndex, manifests: namedDescriptors(top, names, created) });
}

export function namedDescriptors(
  top: Descriptor,
  names: readonly ImageReference[],
  created: string,
): readonly Descriptor[] {
  const annotations = { ...top.annotations, [createdAnnotation]: created };
  if (names.length === 0) return [{ ...top, annotations }];
  return names.map(canonicalReference).map((name) => ({
    ...top,
    annotations: {
      ...annotations,
      [nameAnnotation]: formatReference(name),
      ...(name.tag === undefined ? {} : { [refNameAnnotation]: name.tag }),
    },
  }));
}

/** `manifest.json` of a Docker archive, which holds one image. */
export function dockerArchiveManifest(
  config: Descriptor,
  layers: readonly Descriptor[],
  names: readonly ImageReference[],
): string {
  const image: JsonTree = {
    Config: blobPath(config),
    RepoTags: names.length === 0 ? null : names.map(canonicalReference).map(familiarName),
    Layers: layers.length === 0 ? null : layers.map(blobPath),
  };
  return renderJson([image]);
}

/** With the tag `latest` where neither a tag nor a digest is given. */
export function canonicalReference(name: ImageReference): ImageReference {
  return name.tag === undefined && name.digest === undefined ? { ...name, tag: "latest" } : name;
}

/** As people write it: `alpine:3` for `docker.io/library/alpine:3`. */
export function familiarName(name: ImageReference): string {
  return formatReference(name).replace(/^docker\.io\/(?:library\/)?/, "");
}
