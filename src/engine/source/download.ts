/** One file on its way into the store; what breaks off is taken up again, when the server knows how. */
import { createHash, type Hash } from "node:crypto";
import type { Clock } from "../../execute/ports.ts";
import type { Digest } from "../../oci/digest.ts";
import type { HttpAnswer, HttpClient } from "../../registry/http/http-client.ts";
import { HttpError, manyRetries } from "../../registry/http/http-error.ts";
import { retryAfterMs, Transient } from "../../registry/retry.ts";
import type { BlobWriter, EngineStore } from "../store/store.ts";
import { fetchFailed, wrongChecksum } from "./problems.ts";
import type { HttpRequest } from "./sources.ts";

/** What is kept of a file beside its content. */
export interface KnownFile {
  readonly digest: Digest;
  readonly size: number;
  readonly seconds: number;
  readonly etag: string;
  readonly lastModified: string;
}

export interface DownloadTools {
  readonly store: EngineStore;
  readonly http: HttpClient;
  readonly clock: Clock;
}

interface Part {
  readonly writer: BlobWriter;
  /** Of the checksum's algorithm, where that is not the store's. */
  readonly hash: Hash | undefined;
  /** What tells that it is still the same file; empty: nothing does. */
  readonly validator: string;
  size: number;
}

const mostRedirects = 10;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const overloaded: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

export class Download {
  readonly #tools: DownloadTools;
  readonly #request: HttpRequest;
  readonly #address: URL;
  #part: Part | undefined;

  constructor(tools: DownloadTools, request: HttpRequest, address: URL) {
    this.#tools = tools;
    this.#request = request;
    this.#address = address;
  }

  /** Goes on where the last run ended. Rejects with a Transient when another run may help, with a TsbakeError when not. */
  async run(known: KnownFile | undefined, signal: AbortSignal, onMore: () => void): Promise<KnownFile | "unchanged"> {
    const answer = await this.#send(known, signal);
    if (answer.status === 304) {
      answer.discard();
      return "unchanged";
    }
    const part = await this.#partFor(answer);
    await this.#receive(part, answer, onMore);
    return this.#finish(part, answer);
  }

  /** Idempotent; nothing is left of what was not finished. */
  async discard(): Promise<void> {
    const part = this.#part;
    this.#part = undefined;
    await part?.writer.discard();
  }

  async #send(known: KnownFile | undefined, signal: AbortSignal): Promise<HttpAnswer> {
    const headers = this.#part === undefined ? questionsFor(known) : continuationOf(this.#part);
    let url = withoutUser(this.#address);
    for (let count = 0; count <= mostRedirects; count++) {
      const isOurs = url.origin === this.#address.origin;
      const authorization = isOurs ? authorizationOf(this.#address) : undefined;
      const answer = await this.#ask(
        url,
        { ...headers, ...(authorization === undefined ? {} : { authorization }) },
        signal,
      );
      const location = redirects.has(answer.status) ? answer.headers.location : undefined;
      if (location === undefined) return this.#accepted(answer);
      answer.discard();
      if (!URL.canParse(location, url.href)) throw this.#failed("it points to what is no address");
      url = withoutUser(new URL(location, url));
      if (!/^https?:$/.test(url.protocol)) throw this.#failed(`it points to an address of the kind ${url.protocol}`);
    }
    throw this.#failed(`it points from one address to the next, more than ${mostRedirects} times`);
  }

  async #ask(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpAnswer> {
    try {
      const always = { accept: "*/*", "accept-encoding": "identity" };
      return await this.#tools.http.send({
        method: "GET",
        url,
        headers: { ...always, ...headers },
        lane: "content",
        signal,
      });
    } catch (error) {
      throw this.#troubleOf(error);
    }
  }

  async #accepted(answer: HttpAnswer): Promise<HttpAnswer> {
    const { status, headers } = answer;
    if (status === 200 || status === 206 || status === 304) return answer;
    answer.discard();
    const failure = this.#failed(`the server answered ${status}`, overloaded.has(status));
    // The part we have may be more than there is by now.
    if (status === 416) await this.discard();
    if (!overloaded.has(status) && status !== 416) throw failure;
    throw new Transient(failure, manyRetries, retryAfterMs(headers, this.#tools.clock.now()));
  }

  /** What an answer continues, or a new one. */
  async #partFor(answer: HttpAnswer): Promise<Part> {
    const part = this.#part;
    if (answer.status === 206) {
      const [, start] = /^bytes (\d+)-/.exec(answer.headers["content-range"] ?? "") ?? [];
      if (part !== undefined && Number(start) === part.size) return part;
      answer.discard();
      throw this.#failed("the server sent another part than it was asked for");
    }
    await this.discard();
    const algorithm = this.#request.checksum?.split(":", 1)[0] ?? "sha256";
    const created = {
      writer: await this.#tools.store.blobs.create(),
      hash: algorithm === "sha256" ? undefined : this.#hashBy(algorithm),
      validator: validatorOf(answer),
      size: 0,
    };
    this.#part = created;
    return created;
  }

  #hashBy(algorithm: string): Hash {
    if (["sha384", "sha512"].includes(algorithm)) return createHash(algorithm);
    throw this.#failed(`checksums by ${algorithm} are not known here`);
  }

  async #receive(part: Part, answer: HttpAnswer, onMore: () => void): Promise<void> {
    const { onProgress, url } = this.#request;
    const length = Number(answer.headers["content-length"] ?? Number.NaN);
    const total = Number.isNaN(length) ? undefined : part.size + length;
    try {
      for await (const chunk of answer.body) {
        part.hash?.update(chunk);
        await part.writer.write(chunk);
        part.size += chunk.length;
        onMore();
        onProgress?.({ id: url, current: part.size, total: total ?? 0 });
      }
    } catch (error) {
      throw this.#troubleOf(error);
    }
    if (total === undefined || part.size === total) return;
    throw this.#troubleOf(new HttpError("the answer broke off", { retries: manyRetries }));
  }

  async #finish(part: Part, answer: HttpAnswer): Promise<KnownFile> {
    const { url, checksum } = this.#request;
    this.#part = undefined;
    const { digest, size } = await part.writer.commit();
    const actual = part.hash === undefined ? digest : `${checksum?.split(":", 1)[0]}:${part.hash.digest("hex")}`;
    if (checksum !== undefined && checksum !== actual) throw wrongChecksum(url, checksum, actual);
    const lastModified = answer.headers["last-modified"] ?? "";
    const milliseconds = Date.parse(lastModified);
    const seconds = Number.isNaN(milliseconds) ? 0 : Math.floor(milliseconds / 1000);
    return { digest, size, seconds, etag: answer.headers.etag ?? "", lastModified };
  }

  #troubleOf(error: unknown): unknown {
    if (!(error instanceof HttpError)) return error;
    const failure = fetchFailed(this.#request.url, error.message, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      retryable: error.retries > 0,
      cause: error,
    });
    return error.retries > 0 ? new Transient(failure, error.retries) : failure;
  }

  #failed(why: string, retryable = false) {
    return fetchFailed(this.#request.url, why, { retryable });
  }
}

function questionsFor(known: KnownFile | undefined): Readonly<Record<string, string>> {
  if (known === undefined) return {};
  if (known.etag !== "") return { "if-none-match": known.etag };
  return known.lastModified === "" ? {} : { "if-modified-since": known.lastModified };
}

/** From the start, where nothing says whether it would still be the same file. */
function continuationOf({ size, validator }: Part): Readonly<Record<string, string>> {
  return size === 0 || validator === "" ? {} : { range: `bytes=${size}-`, "if-range": validator };
}

/** A weak tag does not say that all bytes are the same. */
function validatorOf({ headers }: HttpAnswer): string {
  const etag = headers.etag ?? "";
  return etag !== "" && !etag.startsWith("W/") ? etag : (headers["last-modified"] ?? "");
}

function authorizationOf({ username, password }: URL): string | undefined {
  if (username === "") return undefined;
  const secret = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(secret).toString("base64")}`;
}

function withoutUser(url: URL): URL {
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  return bare;
}
