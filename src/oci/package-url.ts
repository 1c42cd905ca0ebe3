/** Package URLs of images, as BuildKit names images in attestations: `pkg:docker/alpine@3?platform=linux%2Famd64`. */
import { canonicalReference } from "./layout.ts";
import { formatPlatform, type Platform } from "./platform.ts";
import type { ImageReference } from "./reference.ts";

/** `oci` for images of a layout, `docker` for all others. A name that is given with its digest keeps it. */
export function imageUrl(type: "docker" | "oci", name: ImageReference, platform: Platform): string {
  const { registry, repository, tag, digest } = canonicalReference(name);
  const path = registry === "docker.io" ? repository.replace(/^library\//, "") : `${registry}/${repository}`;
  const qualifiers = [
    ...(digest === undefined ? [] : [`digest=${encode(digest)}`]),
    `platform=${encode(formatPlatform(platform))}`,
  ];
  return `pkg:${type}/${path}${tag === undefined ? "" : `@${tag}`}?${qualifiers.join("&")}`;
}

/** Colons may stand as they are. */
function encode(value: string): string {
  return encodeURIComponent(value).replaceAll("%3A", ":");
}
