/** What an offered image is made of, read before anything of it is sent. */
import { isRecord } from "../../base/json-shape.ts";
import type { OfferedImage } from "../../execute/ports.ts";
import type { Blob } from "../../oci/blob.ts";
import { chainIds } from "../../oci/chain-id.ts";
import { type Descriptor, isIndex, isManifestType } from "../../oci/descriptor.ts";
import { type Digest, isDigest, sha256Digest } from "../../oci/digest.ts";
import { readDescriptor, readReferences } from "../../oci/read-document.ts";

export interface ImageLayer {
  readonly descriptor: Descriptor;
  /** Of the layer and those below it. */
  readonly chainId: Digest;
}

export interface ImageParts {
  /** What a tag is to stand for. */
  readonly top: Descriptor;
  /** Indexes, manifests and configurations: small, and sent whatever the engine has. */
  readonly documents: readonly Blob[];
  /** Of file systems, each digest once. */
  readonly layers: readonly ImageLayer[];
  /** Whatever else is referred to: attestations. */
  readonly others: readonly Descriptor[];
  /** Of the only image, for archives that have no index; absent when there are several. */
  readonly single?: { readonly config: Descriptor; readonly layers: readonly Descriptor[] };
}

const largestDocumentBytes = 16 << 20;
const layerForm = /^application\/vnd\.(?:oci\.image\.layer|docker\.image\.rootfs)\./;

/** Undefined when what is offered is no image that can be read. Rejects as reading it does. */
export async function readImageParts(offer: OfferedImage, signal: AbortSignal): Promise<ImageParts | undefined> {
  const top = topOf(offer);
  if (top === undefined) return undefined;
  const documents = new Map<Digest, Blob>();
  const layers = new Map<Digest, ImageLayer>();
  const others = new Map<Digest, Descriptor>();
  const singles: NonNullable<ImageParts["single"]>[] = [];
  const waiting = [top];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (documents.has(next.digest)) continue;
    const document = await readDocument(offer, next, signal);
    documents.set(next.digest, document);
    const text = textOf(document);
    if (isIndex(next.mediaType)) {
      const listed = readReferences(text);
      // What is no manifest would be an artifact of a kind nobody has made yet.
      if (!listed.every(({ mediaType }) => isManifestType(mediaType))) return undefined;
      waiting.push(...listed);
      continue;
    }
    const image = await readManifest(offer, text, signal);
    if (image === undefined) return undefined;
    documents.set(image.config.descriptor.digest, image.config);
    for (const layer of image.layers) layers.set(layer.descriptor.digest, layer);
    for (const other of image.others) others.set(other.digest, other);
    singles.push({ config: image.config.descriptor, layers: image.layers.map(({ descriptor }) => descriptor) });
  }
  const [single] = isIndex(top.mediaType) ? [] : singles;
  const found = { top, documents: [...documents.values()], layers: [...layers.values()], others: [...others.values()] };
  return single === undefined ? found : { ...found, single };
}

function topOf({ metadata }: OfferedImage): Descriptor | undefined {
  const text = Buffer.from(metadata.get("containerimage.descriptor") ?? "", "base64").toString();
  const top = readDescriptor(parse(text));
  return top !== undefined && isManifestType(top.mediaType) ? top : undefined;
}

interface ReadManifest {
  readonly config: Blob;
  readonly layers: readonly ImageLayer[];
  readonly others: readonly Descriptor[];
}

async function readManifest(offer: OfferedImage, text: string, signal: AbortSignal): Promise<ReadManifest | undefined> {
  const manifest = parse(text);
  const described = isRecord(manifest) ? readDescriptor(manifest.config) : undefined;
  if (described === undefined) return undefined;
  const config = await readDocument(offer, described, signal);
  const referred = readReferences(text).filter(({ digest }) => digest !== described.digest);
  const isLayer = ({ mediaType }: Descriptor): boolean => layerForm.test(mediaType);
  const layers = referred.filter(isLayer);
  const others = referred.filter((each) => !isLayer(each));
  if (layers.length === 0) return { config, layers: [], others };
  const chain = chainIds(diffIdsOf(textOf(config)));
  // Layers that are elsewhere (`urls`) are nobody's to send, and with a stray one nothing says which diff ID is whose.
  if (chain.length !== layers.length || others.length > 0 || layers.some(({ urls }) => urls !== undefined))
    return undefined;
  return { config, layers: layers.flatMap((descriptor, i) => withChain(descriptor, chain[i])), others };
}

function withChain(descriptor: Descriptor, chainId: Digest | undefined): readonly ImageLayer[] {
  return chainId === undefined ? [] : [{ descriptor, chainId }];
}

function diffIdsOf(config: string): readonly Digest[] {
  const value = parse(config);
  const rootfs = isRecord(value) && isRecord(value.rootfs) ? value.rootfs : {};
  const listed: readonly unknown[] = Array.isArray(rootfs.diff_ids) ? rootfs.diff_ids : [];
  return listed.filter((each): each is Digest => typeof each === "string" && isDigest(each));
}

/** Rejects when what is there is not what was described. */
async function readDocument(offer: OfferedImage, descriptor: Descriptor, signal: AbortSignal): Promise<Blob> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of offer.read(descriptor.digest, signal)) {
    size += chunk.length;
    if (size > Math.min(descriptor.size, largestDocumentBytes)) throw new Error(`${descriptor.digest} is too long`);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (sha256Digest(bytes) !== descriptor.digest) throw new Error(`${descriptor.digest} is something else`);
  return { descriptor, bytes };
}

function textOf({ bytes }: Blob): string {
  return new TextDecoder().decode(bytes);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
