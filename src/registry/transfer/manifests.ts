/** Manifests and indexes: small documents that are read whole, verified, and written. */
import { stringField } from "../../base/json-shape.ts";
import { type Descriptor, mediaTypes } from "../../oci/descriptor.ts";
import { type Digest, isDigest, sha256Digest } from "../../oci/digest.ts";
import type { Manifest, ManifestPush, RepositoryName } from "../client.ts";
import { parseObject } from "../error-body.ts";
import { badAnswer, notARegistry, tooLarge, unsupported, wrongDigest } from "../failures.ts";
import type { HostCall, RegistryHost } from "../host/registry-host.ts";
import type { HttpAnswer } from "../http/http-client.ts";
import { readSmallBody } from "../http/small-body.ts";
import { persist } from "../retry.ts";
import { digestLike } from "./content-hash.ts";

/** What there are manifests of in the wild is far smaller. */
const mostBytes = 8 << 20;

const accepted: readonly string[] = [
  mediaTypes.ociIndex,
  mediaTypes.ociManifest,
  mediaTypes.dockerIndex,
  mediaTypes.dockerManifest,
];
/** Asked for last: who has nothing better answers with what it has, and we can say what that is. */
const accept = `${accepted.join(", ")}, */*;q=0.1`;

export interface ManifestQuestion {
  readonly name: RepositoryName;
  /** A tag or a digest. */
  readonly reference: string;
  readonly scopes: readonly string[];
  readonly signal: AbortSignal;
}

/** By asking for nothing but the head, where the registry says enough in it. */
export async function resolveManifest(host: RegistryHost, question: ManifestQuestion): Promise<Descriptor> {
  const answer = await host.send({ ...callOf(question), method: "HEAD", expected: [404, 405] });
  answer.discard();
  const digest = headerOf(answer, "docker-content-digest") ?? "";
  const size = Number(answer.headers["content-length"] ?? Number.NaN);
  const mediaType = mediaTypeOf(answer);
  // Some answer HEAD with 404 for what they would give: whoever has nothing says so again, with the reason in the body.
  const isEnough = answer.status < 400 && isDigest(digest) && Number.isInteger(size) && accepted.includes(mediaType);
  if (!isEnough || (isDigest(question.reference) && digest !== question.reference)) {
    return (await readManifest(host, question)).descriptor;
  }
  return { mediaType, digest, size };
}

/** The document, with its digest verified: against the reference if that is one, else against what the registry says it is. */
export function readManifest(host: RegistryHost, question: ManifestQuestion): Promise<Manifest> {
  const call = callOf(question);
  return persist(host.persistence(question.signal), async () => {
    const answer = await host.sendOnce({ ...call, method: "GET" });
    const tooMuch = (most: number): Error => tooLarge(host.subject(call.thing), most);
    const bytes = await readSmallBody(answer, mostBytes, tooMuch).catch((error: unknown) => {
      throw host.troubleOf(error, call.thing);
    });
    return verified(host, question, answer, bytes);
  });
}

function verified(
  host: RegistryHost,
  { name, reference }: ManifestQuestion,
  answer: HttpAnswer,
  bytes: Uint8Array,
): Manifest {
  const subject = host.subject(thingOf(name, reference));
  const told = headerOf(answer, "docker-content-digest");
  const claimed = isDigest(reference) ? reference : told !== undefined && isDigest(told) ? told : sha256Digest(bytes);
  const digest = digestLike(claimed, bytes, subject);
  const text = Buffer.from(bytes).toString("utf8");
  if (isWebPage(answer, text)) throw notARegistry(subject);
  if (claimed !== digest) throw wrongDigest(subject, digest);
  const document = parseObject(text);
  if (document.schemaVersion === undefined) throw badAnswer(subject, "the answer is no manifest");
  const mediaType = stringField(document, "mediaType") ?? guessMediaType(document, mediaTypeOf(answer));
  if (!accepted.includes(mediaType)) throw unsupported(subject, mediaType);
  return { descriptor: { mediaType, digest, size: bytes.length }, bytes };
}

/** OCI documents need not say what they are. */
function guessMediaType(document: Readonly<Record<string, unknown>>, told: string): string {
  if (accepted.includes(told) || document.schemaVersion !== 2) return told;
  if (Array.isArray(document.manifests)) return mediaTypes.ociIndex;
  return Array.isArray(document.layers) ? mediaTypes.ociManifest : told;
}

export async function writeManifest(
  host: RegistryHost,
  { name, scopes, signal }: Omit<ManifestQuestion, "reference">,
  { reference, mediaType, bytes }: ManifestPush,
): Promise<Digest> {
  const digest = sha256Digest(bytes);
  const answer = await host.send({
    ...callOf({ name, reference, scopes, signal }),
    method: "PUT",
    headers: { "content-type": mediaType },
    body: () => bytes,
  });
  answer.discard();
  const told = headerOf(answer, "docker-content-digest");
  if (told?.startsWith("sha256:") && told !== digest) {
    throw badAnswer(host.subject(thingOf(name, reference)), `it took ${digest} for ${told}`);
  }
  return digest;
}

function callOf({ name, reference, scopes, signal }: ManifestQuestion): Omit<HostCall, "method"> {
  return {
    to: `${name.repository}/manifests/${reference}`,
    thing: thingOf(name, reference),
    scopes,
    headers: { accept },
    signal,
  };
}

function thingOf({ registry, repository }: RepositoryName, reference: string): string {
  return `${registry}/${repository}${isDigest(reference) ? "@" : ":"}${reference}`;
}

function mediaTypeOf({ headers }: HttpAnswer): string {
  return (headers["content-type"] ?? "").split(";", 1)[0]?.trim() ?? "";
}

function isWebPage(answer: HttpAnswer, text: string): boolean {
  return mediaTypeOf(answer) === "text/html" || /^\s*<(?:!doctype|html|head)\b/i.test(text);
}

function headerOf({ headers }: HttpAnswer, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}
