/**
 * Gives a blob to a registry:
 *
 *   there already? ─► lent by another repository? ─► POST, PUT of all of it
 *                                                      │ broke off
 *                                                      ▼
 *                             GET: how far did it come? ─► PATCH of the rest, PUT     else from the start
 */
import { TsbakeError } from "../../base/errors.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { BlobContent, Pushed, PushOptions, RepositoryName } from "../client.ts";
import { badAnswer, refused } from "../failures.ts";
import type { HostCall, RegistryHost } from "../host/registry-host.ts";
import type { HttpAnswer, HttpContent } from "../http/http-client.ts";
import { manyRetries } from "../http/http-error.ts";
import { readReason } from "../http/small-body.ts";
import { Transient } from "../retry.ts";
import { borrowBlob } from "./borrow-blob.ts";
import { sliceContent } from "./content-slice.ts";

export interface BlobPush extends PushOptions {
  readonly name: RepositoryName;
  readonly descriptor: Descriptor;
  readonly content: BlobContent;
  readonly scopes: readonly string[];
}

/** An upload under way on the registry. */
interface Upload {
  readonly url: URL;
  /** Bytes it has. */
  readonly offset: number;
  /** The least the registry takes at a time. */
  readonly leastBytes: number;
}

/** Where a proxy before the registry refuses large bodies, pieces of this size are tried, then smaller ones. */
const pieceSizes: readonly number[] = [32 << 20, 8 << 20, 1 << 20];

export async function pushBlob(host: RegistryHost, push: BlobPush): Promise<Pushed> {
  const { descriptor, onProgress } = push;
  const pushed = (await hasBlob(host, push)) ? "exists" : await new BlobUpload(host, push).run();
  onProgress?.(descriptor.size);
  return pushed;
}

/** Also true when the registry has it from elsewhere and says so. */
export async function hasBlob(
  host: RegistryHost,
  {
    name,
    descriptor,
    scopes,
    signal,
  }: Pick<BlobPush, "name" | "scopes" | "signal"> & { readonly descriptor: Pick<Descriptor, "digest"> },
): Promise<boolean> {
  const to = `${name.repository}/blobs/${descriptor.digest}`;
  const thing = thingOf(name, descriptor);
  // Where a registry keeps its blobs elsewhere, pointing there says enough; what it points to may not answer to HEAD.
  const answer = await host.send({ method: "HEAD", to, thing, scopes, expected: [404], stay: true, signal });
  answer.discard();
  return answer.status !== 404;
}

class BlobUpload {
  readonly #host: RegistryHost;
  readonly #push: BlobPush;
  readonly #thing: string;
  /** Undefined: all at once. */
  #pieceBytes: number | undefined;

  constructor(host: RegistryHost, push: BlobPush) {
    this.#host = host;
    this.#push = push;
    this.#thing = thingOf(push.name, push.descriptor);
  }

  async run(): Promise<Pushed> {
    const lent = await borrowBlob(this.#host, this.#push, (method, to) => this.#call(method, to));
    if (lent === "mounted") return lent;
    const ladder = this.#host.ladder(this.#push.signal);
    let upload = lent === undefined ? undefined : this.#uploadOf(lent, 0);
    let furthest = 0;
    for (;;) {
      try {
        upload ??= await this.#start();
        return await this.#send(upload);
      } catch (error) {
        if (this.#dividesMore(error)) {
          upload = undefined;
          continue;
        }
        await ladder.climb(this.#host.troubleOf(error, this.#thing));
      }
      upload = await this.#lookUp(upload);
      // The answer to the end of an upload may have been what got lost.
      if (upload === undefined && (await hasBlob(this.#host, this.#push))) return "uploaded";
      if (upload !== undefined && upload.offset > furthest) ladder.reset();
      furthest = Math.max(furthest, upload?.offset ?? 0);
    }
  }

  async #start(): Promise<Upload> {
    const answer = await this.#host.sendOnce(this.#call("POST", `${this.#push.name.repository}/blobs/uploads/`));
    answer.discard();
    if (answer.status !== 202)
      throw badAnswer(this.#host.subject(this.#thing), `it began an upload with ${answer.status}`);
    return this.#uploadOf(answer, 0);
  }

  /** How far an upload came; undefined when it has to be begun anew. */
  async #lookUp(upload: Upload | undefined): Promise<Upload | undefined> {
    if (upload === undefined) return undefined;
    try {
      const answer = await this.#host.sendOnce(this.#call("GET", upload.url));
      answer.discard();
      const end = rangeEnd(answer) ?? 0;
      // `0-0` is said of an empty upload as well as of one byte.
      if (answer.status !== 204 || end === 0 || end >= this.#push.descriptor.size) return undefined;
      const url = answer.headers.location === undefined ? upload.url : this.#host.locationOf(answer, this.#thing);
      return { ...upload, url, offset: end + 1 };
    } catch (error) {
      this.#push.signal.throwIfAborted();
      if (error instanceof TsbakeError || error instanceof Transient) return undefined;
      throw error;
    }
  }

  async #send(start: Upload): Promise<Pushed> {
    const { descriptor } = this.#push;
    let upload = start;
    if (upload.offset === 0 && this.#pieceBytes === undefined) {
      await this.#finish(upload, descriptor.size);
      return "uploaded";
    }
    while (upload.offset < descriptor.size) upload = await this.#sendPiece(upload);
    await this.#finish(upload, 0);
    return "uploaded";
  }

  async #sendPiece(upload: Upload): Promise<Upload> {
    const { descriptor } = this.#push;
    const rest = descriptor.size - upload.offset;
    const size = Math.min(rest, Math.max(this.#pieceBytes ?? rest, upload.leastBytes));
    const answer = await this.#demand({
      ...this.#call("PATCH", upload.url),
      headers: {
        "content-type": "application/octet-stream",
        "content-range": `${upload.offset}-${upload.offset + size - 1}`,
      },
      body: () => this.#content(upload.offset, size),
    });
    const told = rangeEnd(answer);
    const offset = Math.min(upload.offset + size, told === undefined ? Number.POSITIVE_INFINITY : told + 1);
    const next = { ...this.#uploadOf(answer, offset), leastBytes: upload.leastBytes };
    if (offset > upload.offset) return next;
    const failure = badAnswer(this.#host.subject(this.#thing), "it takes nothing of what it is sent");
    throw new Transient(failure, manyRetries);
  }

  /** With the rest of the content, or without: the registry verifies the digest now. */
  async #finish(upload: Upload, size: number): Promise<void> {
    const url = new URL(upload.url);
    // Put at the end as text: the rest of the query may be signed.
    url.search = `${url.search === "" ? "?" : `${url.search}&`}digest=${encodeURIComponent(this.#push.descriptor.digest)}`;
    const answer = await this.#demand({
      ...this.#call("PUT", url),
      headers: { "content-type": "application/octet-stream" },
      body: size === 0 ? () => new Uint8Array(0) : () => this.#content(upload.offset, size),
    });
    const told = answer.headers["docker-content-digest"];
    if (typeof told === "string" && told !== "" && told !== this.#push.descriptor.digest) {
      throw badAnswer(this.#host.subject(this.#thing), `it took it for ${told}`);
    }
  }

  /** An upload that is gone, or is elsewhere than we think, can be begun anew. */
  async #demand(call: HostCall): Promise<HttpAnswer> {
    const answer = await this.#host.sendOnce({ ...call, expected: [404, 413, 416] });
    if (answer.status < 400) {
      answer.discard();
      return answer;
    }
    const body = await readReason(answer, call.signal);
    const failure = refused(this.#host.subject(this.#thing), answer.status, body, true);
    if (answer.status === 413) throw new TooLargeAtOnce(failure);
    throw new Transient(failure, manyRetries);
  }

  /** After a refusal of so large a body: whether smaller ones are to be tried. */
  #dividesMore(error: unknown): boolean {
    if (!(error instanceof TooLargeAtOnce)) return false;
    const most = this.#pieceBytes ?? this.#push.descriptor.size;
    this.#pieceBytes = pieceSizes.find((size) => size < most);
    if (this.#pieceBytes === undefined) throw error.failure;
    return true;
  }

  #content(offset: number, size: number): HttpContent {
    const { content, onProgress } = this.#push;
    return {
      size,
      chunks: sliceContent(content(offset), size, this.#thing),
      onSent: (bytes) => onProgress?.(offset + bytes),
    };
  }

  #call(method: HostCall["method"], to: string | URL): HostCall {
    const { scopes, signal } = this.#push;
    const lane = method === "PUT" || method === "PATCH" ? ({ lane: "content" } as const) : {};
    return { method, to, thing: this.#thing, scopes, signal, ...lane };
  }

  #uploadOf(answer: HttpAnswer, offset: number): Upload {
    const least = Number(answer.headers["oci-chunk-min-length"] ?? 0);
    return {
      url: this.#host.locationOf(answer, this.#thing),
      offset,
      leastBytes: Number.isInteger(least) ? least : 0,
    };
  }
}

/** The last byte a registry says it has. */
function rangeEnd({ headers }: HttpAnswer): number | undefined {
  const end = /^(?:bytes=)?0-(\d+)$/.exec(headers.range?.trim() ?? "")?.[1];
  return end === undefined ? undefined : Number(end);
}

class TooLargeAtOnce extends Error {
  readonly failure: TsbakeError;

  constructor(failure: TsbakeError) {
    super(failure.message);
    this.failure = failure;
  }
}

function thingOf({ registry, repository }: RepositoryName, { digest }: Pick<Descriptor, "digest">): string {
  return `blob ${digest} of ${registry}/${repository}`;
}
