/** Files by address. What a server says has not changed is not fetched again. */
import { basename } from "node:path/posix";
import { isRecord } from "../../base/json-shape.ts";
import { type SharedTask, shareTask } from "../../base/shared-task.ts";
import type { Clock } from "../../execute/ports.ts";
import { digestHex, isDigest, sha256Digest } from "../../oci/digest.ts";
import type { HttpClient } from "../../registry/http/http-client.ts";
import { Ladder } from "../../registry/retry.ts";
import type { EngineStore } from "../store/store.ts";
import { Download, type KnownFile } from "./download.ts";
import { badAddress, fetchFailed, shown, wrongChecksum } from "./problems.ts";
import type { HttpFile, HttpRequest } from "./sources.ts";

export interface HttpSourceOptions {
  readonly store: EngineStore;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly onTrouble: (message: string) => void;
}

export class HttpSource {
  readonly #options: HttpSourceOptions;
  readonly #files = new Map<string, SharedTask<HttpFile>>();

  constructor(options: HttpSourceOptions) {
    this.#options = options;
  }

  /** Rejects with a TsbakeError when the file cannot be had, or is not what the checksum says. */
  fetch(request: HttpRequest, signal: AbortSignal): Promise<HttpFile> {
    const { url, checksum = "" } = request;
    return shareTask(this.#files, `${checksum} ${url}`, signal, () => this.#fetch(request, signal));
  }

  async #fetch(request: HttpRequest, signal: AbortSignal): Promise<HttpFile> {
    const { store } = this.#options;
    const address = URL.canParse(request.url) ? new URL(request.url) : undefined;
    if (address === undefined || !/^https?:$/.test(address.protocol)) throw badAddress(request.url);
    const known = knownFile(await store.records.find("http", keyOf(request.url)));
    // Content that is known by its digest is not asked for.
    const file =
      known !== undefined && known.digest === request.checksum
        ? known
        : await this.#ask(request, address, known, signal);
    store.lease(file.digest);
    return {
      file: store.blobs.file(file.digest),
      size: file.size,
      sha256: digestHex(file.digest),
      name: fileName(address),
      seconds: file.seconds,
    };
  }

  async #ask(
    request: HttpRequest,
    address: URL,
    known: KnownFile | undefined,
    signal: AbortSignal,
  ): Promise<KnownFile> {
    const { store, clock, onTrouble } = this.#options;
    const ladder = new Ladder({ clock, signal, onTrouble });
    const download = new Download(this.#options, request, address);
    // By another algorithm, only content that is read can be told to be the right one.
    const usable = request.checksum === undefined || request.checksum.startsWith("sha256:") ? known : undefined;
    try {
      for (;;) {
        try {
          const fetched = await download.run(usable, signal, () => ladder.reset());
          if (fetched === "unchanged") return verified(request, usable);
          const description = shown(request.url);
          await store.records.save("http", keyOf(request.url), { ...fetched, uses: [fetched.digest], description });
          return fetched;
        } catch (error) {
          await ladder.climb(error);
        }
      }
    } finally {
      await download.discard();
    }
  }
}

/** Of the record of a file: an address may hold a password, and the store has none of those. */
function keyOf(url: string): string {
  return sha256Digest(url);
}

function verified({ url, checksum }: HttpRequest, known: KnownFile | undefined): KnownFile {
  if (known === undefined) throw fetchFailed(url, "it says that it has not changed, but was never asked before");
  if (checksum !== undefined && checksum !== known.digest) throw wrongChecksum(url, checksum, known.digest);
  return known;
}

function knownFile(value: unknown): KnownFile | undefined {
  if (!isRecord(value)) return undefined;
  const { digest, size, seconds, etag, lastModified } = value;
  if (typeof digest !== "string" || !isDigest(digest) || typeof size !== "number" || typeof seconds !== "number")
    return undefined;
  if (typeof etag !== "string" || typeof lastModified !== "string") return undefined;
  return { digest, size, seconds, etag, lastModified };
}

/** The last part of the path, decoded. */
function fileName({ pathname }: URL): string {
  const name = basename(decoded(pathname));
  return name === "" || name === "." || name === ".." || name.includes("\0") ? "__unnamed__" : name;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
