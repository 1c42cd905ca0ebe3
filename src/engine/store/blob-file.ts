/** A blob on its way into the store: staged beside, sealed, renamed. */
import { createHash } from "node:crypto";
import { lstatSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { TsbakeError } from "../../base/errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { isSealed, sealSeconds } from "./blob-seal.ts";
import type { BlobWriter } from "./store.ts";

export interface BlobFileOptions {
  /** Where it is staged; on the same file system as the blobs. */
  readonly staged: string;
  readonly fileOf: (digest: Digest) => string;
  /** Called before it is decided whether a known blob is kept. */
  readonly lease: (digest: Digest) => void;
  /** Called with the size of a blob that is new. */
  readonly onPublished: (sizeBytes: number) => void;
  /** What is thrown for trouble with the disk. */
  readonly failure: (error: unknown) => Error;
}

/** Small writes are gathered up to this. */
const gatherBytes = 256 * 1024;

export class BlobFile implements BlobWriter {
  readonly #options: BlobFileOptions;
  readonly #handle: FileHandle;
  readonly #hash = createHash("sha256");
  #size = 0;
  #gathered: Buffer | undefined;
  #gatheredBytes = 0;
  #position = 0;
  #last: Promise<void> = Promise.resolve();
  #failure: unknown;
  #open = true;

  private constructor(handle: FileHandle, options: BlobFileOptions) {
    this.#handle = handle;
    this.#options = options;
  }

  static async create(options: BlobFileOptions): Promise<BlobFile> {
    try {
      return new BlobFile(await open(options.staged, "wx", 0o444), options);
    } catch (error) {
      throw options.failure(error);
    }
  }

  write(chunk: Uint8Array): Promise<void> | void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#size += chunk.length;
    if (this.#gatheredBytes + chunk.length <= gatherBytes && chunk.length <= gatherBytes / 8) {
      this.#hash.update(chunk);
      this.#gathered ??= Buffer.allocUnsafe(gatherBytes);
      this.#gathered.set(chunk, this.#gatheredBytes);
      this.#gatheredBytes += chunk.length;
      return;
    }
    this.#flush();
    // Hashed while the disk writes it.
    const written = this.#append(chunk);
    this.#hash.update(chunk);
    return written;
  }

  async commit(expected?: Digest): Promise<{ readonly digest: Digest; readonly size: number }> {
    try {
      this.#flush();
      await this.#last;
      const digest: Digest = `sha256:${this.#hash.digest("hex")}`;
      if (expected !== undefined && digest !== expected) throw differentContent(expected, digest);
      this.#options.lease(digest);
      const known = lstatSync(this.#options.fileOf(digest), { throwIfNoEntry: false });
      if (known !== undefined && isSealed(known) && known.size === this.#size) await this.discard();
      else await this.#publish(digest);
      return { digest, size: this.#size };
    } catch (error) {
      await this.discard();
      throw this.#options.failure(error);
    }
  }

  async discard(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#last.catch(() => {});
    await this.#handle.close().catch(() => {});
    await rm(this.#options.staged, { force: true }).catch(() => {});
  }

  /** The content is on the disk before its name is: a name never stands for less after a crash. */
  async #publish(digest: Digest): Promise<void> {
    const seconds = sealSeconds(this.#size);
    await this.#handle.utimes(seconds, seconds);
    await this.#handle.datasync();
    if (!isSealed(await this.#handle.stat())) throw losesTimes(this.#options.staged);
    await this.#handle.close();
    await rename(this.#options.staged, this.#options.fileOf(digest));
    this.#open = false;
    this.#options.onPublished(this.#size);
  }

  #flush(): void {
    if (this.#gathered === undefined) return;
    void this.#append(this.#gathered.subarray(0, this.#gatheredBytes)).catch(() => {});
    this.#gathered = undefined;
    this.#gatheredBytes = 0;
  }

  #append(chunk: Uint8Array): Promise<void> {
    const start = this.#position;
    this.#position += chunk.length;
    const before = this.#last;
    const written = this.#writeAll(chunk, start).then(() => before);
    this.#last = written.catch((error: unknown) => {
      this.#failure ??= this.#options.failure(error);
      throw this.#failure;
    });
    this.#last.catch(() => {});
    return this.#last;
  }

  async #writeAll(chunk: Uint8Array, start: number): Promise<void> {
    for (let done = 0; done < chunk.length; ) {
      const { bytesWritten } = await this.#handle.write(chunk, done, chunk.length - done, start + done);
      done += bytesWritten;
    }
  }
}

/** Or somebody else writes to the file. */
function losesTimes(file: string): TsbakeError {
  const message = `the file system of the build cache does not keep the times and sizes of files: ${file}`;
  return new TsbakeError("engine/store-times", message, { hint: "set TSBAKE_CACHE_DIR to a folder on a local disk" });
}

function differentContent(expected: Digest, actual: Digest): TsbakeError {
  return new TsbakeError("engine/digest-mismatch", `content of digest ${expected} was expected, but it has ${actual}`, {
    hint: "it was cut or changed on its way: try again",
    retryable: true,
  });
}
