/** An image in a registry, made of parts that are there already. */
import type { Descriptor } from "../../oci/descriptor.ts";
import { sha256Digest } from "../../oci/digest.ts";
import { parseReference } from "../../oci/reference.ts";
import type { RegistryClient, Repository } from "../../registry/client.ts";
import { badPart, combine, partDigest } from "./combine.ts";

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
  const parts = await Promise.all(answers.map((answer) => first.repository.manifest(partDigest(answer), signal)));
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
