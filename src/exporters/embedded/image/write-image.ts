/** `type=image`: into the engine's own images, into registries, or both. */

import { imageRoom } from "../../../engine/source/kept-images.ts";
import { canonicalReference } from "../../../oci/layout.ts";
import { formatReference, type ImageReference, parseReference } from "../../../oci/reference.ts";
import { booleanAttribute } from "../../attributes.ts";
import { problems, writeProblem } from "../../problems.ts";
import type { ComposedImage } from "../compose-image.ts";
import type { ImageAttributes } from "../image-attributes.ts";
import type { WriteRequest } from "../request.ts";
import { keepImage } from "./keep-image.ts";
import { pushImage } from "./push-image.ts";

/** Throws the TsbakeError of what cannot be, before anything is built for it. */
export function checkImage(request: WriteRequest, { names }: ImageAttributes): void {
  const { push, byDigest } = switchesOf(request);
  if (push && names.length === 0) throw problems.pushWithoutName(request.target.name);
  for (const name of push ? names : []) {
    const shown = formatReference(name);
    if (name.digest !== undefined) throw problems.badParameter("image", "name", shown, "a name without a digest");
    if (byDigest && name.tag !== undefined) throw problems.taggedByDigest(shown);
  }
}

/** Resolves with the names the image has now. */
export async function writeImage(
  image: ComposedImage,
  request: WriteRequest,
  { names }: ImageAttributes,
): Promise<readonly string[]> {
  const { push, byDigest, insecure, store, canonical, danglingPrefix, danglingOnlyUnnamed } = switchesOf(request);
  const { signal, onStatus } = request;
  const digest = image.top.digest;
  const kept: ImageReference[] = byDigest ? [] : names.map(canonicalReference);
  if (canonical || byDigest) kept.push(...names.map(({ tag: _, ...name }) => ({ ...name, digest })));
  if (danglingPrefix !== undefined && (names.length === 0 || !danglingOnlyUnnamed)) {
    kept.push({ ...danglingPrefix, digest });
  }
  const tell = (id: string, current: number, total: number, done: boolean): void =>
    onStatus?.({ id, current, total, done });
  if (store && kept.length > 0) {
    const id = `naming to ${kept.map(formatReference).join(", ")}`;
    tell(id, 0, 0, false);
    const folder = await request.store.room(imageRoom);
    await keepImage(image, kept, { folder, signal }).catch((error: unknown) => {
      throw writeProblem(folder, error);
    });
    tell(id, 0, 0, true);
  }
  if (push) {
    const registry = request.registry();
    await pushImage(image, { registry, names, insecure, byDigest, signal, onStatus: tell });
  }
  return byDigest
    ? names.map(({ tag: _, ...name }) => formatReference(name))
    : names.map(canonicalReference).map(formatReference);
}

interface Switches {
  readonly push: boolean;
  readonly byDigest: boolean;
  readonly insecure: boolean;
  readonly store: boolean;
  readonly canonical: boolean;
  readonly danglingPrefix?: Omit<ImageReference, "tag" | "digest">;
  readonly danglingOnlyUnnamed: boolean;
}

function switchesOf({ exporter, attributes }: WriteRequest): Switches {
  const output = { type: exporter, attributes };
  const is = (key: string): boolean => booleanAttribute(output, key) ?? false;
  const push = is("push");
  const prefix = attributes.get("dangling-name-prefix");
  return {
    push,
    byDigest: is("push-by-digest"),
    insecure: is("registry.insecure"),
    store: booleanAttribute(output, "store") ?? !push,
    canonical: is("name-canonical"),
    danglingOnlyUnnamed: is("danging-name-empty-only"),
    ...(prefix === undefined || prefix === "" ? {} : { danglingPrefix: nameOf(prefix) }),
  };
}

function nameOf(text: string): Omit<ImageReference, "tag" | "digest"> {
  const reference = parseReference(text);
  if (!reference.ok) throw problems.badParameter("image", "dangling-name-prefix", text, "the name of an image");
  const { registry, repository } = reference.value;
  return { registry, repository };
}
