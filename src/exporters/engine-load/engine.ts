/** A Docker engine as a place that images are loaded into. */
import type { Readable } from "node:stream";
import type { ImageLayer } from "./image-parts.ts";

/** A Docker engine that takes images as archives. */
export interface EngineLoad {
  /** True for an engine with the containerd image store: it takes OCI archives, with several platforms. */
  readonly takesOci: () => Promise<boolean>;
  /** Resolves when the engine has the images; reads the archive as fast as the engine takes it. */
  readonly load: (archive: Readable, signal: AbortSignal) => Promise<unknown>;
  /** True when the whole image of that digest, of its manifest or its configuration, is there. Absent where that cannot be asked. */
  readonly has?: (digest: string, signal: AbortSignal) => Promise<boolean>;
  /** Gives an image that is there another name. */
  readonly tag?: (digest: string, name: string, signal: AbortSignal) => Promise<void>;
  /** The digests of the layers that the engine does not have now. Undefined when it cannot tell, absent when it never can. */
  readonly lacking?: (layers: readonly ImageLayer[], signal: AbortSignal) => Promise<ReadonlySet<string> | undefined>;
}

/** By what an engine may know an image: with the containerd store its manifest or index, else its configuration. */
const digestKeys = ["containerimage.digest", "containerimage.config.digest"];

/** The digest by which the engine knows the whole of the image; undefined when it lacks some, cannot tell, or does not. */
export async function knownImage(
  engine: EngineLoad,
  metadata: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (engine.has === undefined || engine.tag === undefined) return undefined;
  const digests = digestKeys.flatMap((key) => metadata.get(key) ?? []);
  for (const digest of digests) if (await engine.has(digest, signal).catch(() => false)) return digest;
  signal.throwIfAborted();
  return undefined;
}

export async function nameAll(
  { tag }: EngineLoad,
  {
    digest,
    names,
    signal,
  }: { readonly digest: string; readonly names: readonly string[]; readonly signal: AbortSignal },
): Promise<void> {
  for (const name of names) await tag?.(digest, name, signal);
}
