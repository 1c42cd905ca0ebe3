/** Reads a blob to its end, whatever breaks in between. */
import { TsbakeError } from "../../base/errors.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { digestHex } from "../../oci/digest.ts";
import type { BlobOptions, RepositoryName } from "../client.ts";
import { badAnswer, notARegistry, wrongDigest, wrongSize } from "../failures.ts";
import type { HostCall, RegistryHost } from "../host/registry-host.ts";
import type { HttpAnswer } from "../http/http-client.ts";
import { HttpError, manyRetries } from "../http/http-error.ts";
import { Transient } from "../retry.ts";
import { hashLike } from "./content-hash.ts";

export interface BlobPull extends BlobOptions {
  readonly name: RepositoryName;
  readonly descriptor: Descriptor;
  readonly scopes: readonly string[];
}

/**
 * From the first host that has it; what breaks off is taken up again there, and where that does not help, at the next host. Throws a
 * TsbakeError, after the last byte too when all of them together are not the blob.
 */
export async function* pullBlob(hosts: readonly RegistryHost[], pull: BlobPull): AsyncGenerator<Uint8Array> {
  const { name, descriptor, offset = 0, signal } = pull;
  const thing = `blob ${descriptor.digest} of ${name.registry}/${name.repository}`;
  const last = hosts[hosts.length - 1];
  if (last === undefined) return;
  const hash = offset === 0 ? hashLike(descriptor.digest, last.subject(thing)) : undefined;
  let at = offset;
  let used = last;
  for (const host of hosts) {
    used = host;
    try {
      for await (const chunk of pullFrom(host, pull, thing, at)) {
        at += chunk.length;
        hash?.update(chunk);
        yield chunk;
      }
      break;
    } catch (error) {
      signal.throwIfAborted();
      if (host === last || !(error instanceof TsbakeError)) throw error;
      host.persistence(signal).onTrouble?.(`${error.message}; asking the next registry`);
    }
  }
  const actual = hash?.digest("hex");
  if (actual !== undefined && actual !== digestHex(descriptor.digest)) throw wrongDigest(used.subject(thing), actual);
}

/** All bytes from `offset` to the end, of one host. */
async function* pullFrom(
  host: RegistryHost,
  pull: BlobPull,
  thing: string,
  offset: number,
): AsyncGenerator<Uint8Array> {
  const { descriptor, signal } = pull;
  const ladder = host.ladder(signal);
  for (let at = offset; at < descriptor.size; ) {
    const before = at;
    try {
      const answer = await host.sendOnce(callOf(pull, thing, at));
      for await (const chunk of bodyFrom(host, answer, descriptor, thing, at)) {
        at += chunk.length;
        yield chunk;
      }
      if (at < descriptor.size) throw brokenOff(host, thing);
    } catch (error) {
      if (at > before) ladder.reset();
      await ladder.climb(host.troubleOf(error, thing));
    }
  }
}

function callOf({ name, descriptor, scopes, signal }: BlobPull, thing: string, at: number): HostCall {
  return {
    method: "GET",
    to: `${name.repository}/blobs/${descriptor.digest}`,
    thing,
    scopes,
    headers: at === 0 ? {} : { range: `bytes=${at}-` },
    lane: "content",
    signal,
  };
}

/** What an answer has from `at` on; never a byte more than there should be. */
async function* bodyFrom(
  host: RegistryHost,
  answer: HttpAnswer,
  { size, mediaType }: Descriptor,
  thing: string,
  at: number,
): AsyncGenerator<Uint8Array> {
  const subject = host.subject(thing);
  const start = answer.status === 206 ? rangeStart(host, answer, thing, at, size) : 0;
  const told = answer.headers["content-length"];
  if (told !== undefined && start + Number(told) !== size) {
    answer.discard();
    const isPage = /^text\/html/.test(answer.headers["content-type"] ?? "") && !mediaType.startsWith("text/html");
    throw isPage ? notARegistry(subject) : wrongSize(subject, size, `${told} bytes`);
  }
  let position = start;
  for await (const chunk of answer.body) {
    const end = position + chunk.length;
    if (end > size) throw wrongSize(subject, size, "more bytes");
    // Who does not know ranges sends everything again.
    if (end > at) yield position >= at ? chunk : chunk.subarray(at - position);
    position = end;
  }
}

/** Throws when a part came that was not asked for. */
function rangeStart(host: RegistryHost, answer: HttpAnswer, thing: string, at: number, size: number): number {
  const told = answer.headers["content-range"] ?? "";
  const [, start, , total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(told) ?? [];
  if (Number(start) === at && (total === "*" || Number(total) === size)) return at;
  answer.discard();
  throw badAnswer(
    host.subject(thing),
    `asked for bytes ${at} to ${size - 1}, it sent ${told || "a part of its own choice"}`,
  );
}

/** The answer ended too early, without an error: it had no length of its own. */
function brokenOff(host: RegistryHost, thing: string): Transient {
  const error = new HttpError("the answer broke off", { retries: manyRetries });
  const trouble = host.troubleOf(error, thing);
  if (trouble instanceof Transient) return trouble;
  throw trouble;
}
