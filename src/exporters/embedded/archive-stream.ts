/** An archive being written to a stream: entries of fixed looks, so that the same content makes the same archive. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { paddingOf, trailer } from "../../engine/layer/tar/go-tar.ts";
import { FileWriter } from "../file-writer.ts";
import { problems } from "../problems.ts";

const bufferBytes = 1 << 20;

export interface ArchiveStreamOptions {
  readonly signal: AbortSignal;
  /** The bytes written so far. */
  readonly onProgress?: (bytes: number) => void;
}

/** Every call has to be awaited before the next; it rejects with the stream's error or the signal's reason. */
export class ArchiveStream {
  readonly #stream: Writable;
  readonly #options: ArchiveStreamOptions;
  /** Small pieces are gathered: a stream costs more for each than for its bytes. */
  readonly #gathered: Buffer = Buffer.allocUnsafeSlow(bufferBytes);
  #used = 0;
  #written = 0;
  /** What the stream broke with, perhaps between two of our writes. */
  #failure: Error | undefined;

  constructor(stream: Writable, options: ArchiveStreamOptions) {
    this.#stream = stream;
    this.#options = options;
    stream.on("error", (error: Error) => {
      this.#failure ??= error;
    });
  }

  /** The chunk may be used again once this has returned, or its promise has resolved. */
  write(chunk: Uint8Array): void | Promise<void> {
    if (this.#used + chunk.length <= bufferBytes) this.#gather(chunk);
    else return this.#flush().then(() => (chunk.length > bufferBytes ? this.#send(chunk) : this.#gather(chunk)));
  }

  /** Fills up the block that content of so many bytes ends in. */
  pad(sizeBytes: number): void | Promise<void> {
    return this.write(trailer.subarray(0, paddingOf(sizeBytes)));
  }

  /** The first bytes of a file that nobody changes. While a piece is written, the next one is read. */
  async copyFile(path: string, sizeBytes: number): Promise<void> {
    await this.#flush();
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    let writing: Promise<void> = Promise.resolve();
    try {
      const length = Math.min(bufferBytes, sizeBytes);
      const buffers = [Buffer.allocUnsafeSlow(length), Buffer.allocUnsafeSlow(length)] as const;
      for (let at = 0, turn = 0; at < sizeBytes; turn++) {
        const buffer = buffers[turn % 2 === 0 ? 0 : 1];
        const { bytesRead } = await file.read(buffer, 0, Math.min(length, sizeBytes - at), at);
        if (bytesRead === 0) throw problems.blobTruncated(path);
        await writing;
        writing = this.#send(buffer.subarray(0, bytesRead));
        // It is awaited above, but not before the next piece has been read.
        writing.catch(() => {});
        at += bytesRead;
      }
      await writing;
    } finally {
      await writing.catch(() => {});
      await file.close();
    }
    await this.pad(sizeBytes);
  }

  /** The end of the archive, and of the stream: resolves when its reader has everything. */
  async end(): Promise<void> {
    await this.write(trailer);
    await this.#flush();
    if (this.#failure !== undefined) throw this.#failure;
    const done = finished(this.#stream, { signal: this.#options.signal });
    this.#stream.end();
    await done;
  }

  #gather(chunk: Uint8Array): void {
    this.#gathered.set(chunk, this.#used);
    this.#used += chunk.length;
  }

  async #flush(): Promise<void> {
    if (this.#used > 0) await this.#send(this.#gathered.subarray(0, this.#used));
    this.#used = 0;
  }

  /** Resolves when the chunk is not needed any more. */
  async #send(chunk: Uint8Array): Promise<void> {
    this.#options.signal.throwIfAborted();
    // A file has taken a chunk when it says so; other streams may hand on the memory itself, and we use it again.
    const given = this.#stream instanceof FileWriter ? chunk : Buffer.from(chunk);
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(given, (error) => (error ? reject(this.#failure ?? error) : resolve()));
    });
    this.#written += chunk.length;
    this.#options.onProgress?.(this.#written);
  }
}
