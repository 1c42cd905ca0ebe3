/** An image in a registry, made of parts that are there already. */
import { TsbakeError } from "../../base/errors.ts";
import { isRecord } from "../../base/json-shape.ts";
import { type Descriptor, isIndex, mediaTypes } from "../../oci/descriptor.ts";
import { isDigest, sha256Digest } from "../../oci/digest.ts";
import { parseReference } from "../../oci/reference.ts";
import type { Manifest, RegistryClient, Repository } from "../../registry/client.ts";

export interface IndexPush {
  /** At least one; without a tag it is `latest`. */
  readonly names: readonly string[];
  /** What the nodes that pushed the parts said of them. */
  readonly answers: readonly ReadonlyMap<string, string>[];
  readonly insecure: boolean;
  readonly signal: AbortSignal;
}

interface Named {
  readonly repository: Repository;
  readonly tag: string;
}

/**
 * Writes the index under every name: images first, then what is attested of them, in the order of the parts. Rejects with a TsbakeError; then
 * no name that had another image has lost it but those that were written before.
 */
export async function pushIndex(registry: RegistryClient, push: IndexPush): Promise<Descriptor> {
  const { answers, signal } = push;
  const named = push.names.map((name) => open(registry, name, push.insecure));
  const [first] = named;
  if (first === undefined) throw new Error("an index is pushed without a name");
  const parts = await Promise.all(answers.map((answer) => first.repository.manifest(digestOf(answer), signal)));
  const { bytes, mediaType } = combine(parts);
  for (const { repository, tag } of named) {
    await repository.pushManifest({ reference: tag, mediaType, bytes }, signal);
  }
  return { mediaType, digest: sha256Digest(bytes), size: bytes.length };
}

function open(registry: RegistryClient, name: string, insecure: boolean): Named {
  const reference = parseReference(name);
  if (!reference.ok) throw badPart(`${name} is no name of an image`);
  return {
    repository: registry.repository(reference.value, { push: true, insecure }),
    tag: reference.value.tag ?? "latest",
  };
}

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

function digestOf(answer: ReadonlyMap<string, string>): string {
  const digest = answer.get("containerimage.digest") ?? "";
  if (isDigest(digest)) return digest;
  throw badPart("a node did not say which image it pushed");
}

function badPart(why: string): TsbakeError {
  return new TsbakeError("exporters/parts", `the parts of the image cannot be put together: ${why}`, {
    hint: "build on one node, or push the platforms under names of their own",
  });
}
