/** An archive being written to a stream: entries of fixed looks, so that the same content makes the same archive. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { paddingOf, trailer } from "../../engine/layer/tar/go-tar.ts";
import { problems } from "../problems.ts";

const bufferBytes = 1 << 20;

export interface ArchiveStreamOptions {
  readonly signal: AbortSignal;
  /** The bytes written so far. */
  readonly onProgress?: (bytes: number) => void;
}

/** Every call waits until the stream has taken what it writes, and rejects with the stream's error or the signal's reason. */
export class ArchiveStream {
  readonly #stream: Writable;
  readonly #options: ArchiveStreamOptions;
  #written = 0;

  constructor(stream: Writable, options: ArchiveStreamOptions) {
    this.#stream = stream;
    this.#options = options;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#options.signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
    this.#written += chunk.length;
    this.#options.onProgress?.(this.#written);
  }

  /** Fills up the block that content of so many bytes ends in. */
  async pad(sizeBytes: number): Promise<void> {
    const rest = paddingOf(sizeBytes);
    if (rest !== 0) await this.write(new Uint8Array(rest));
  }

  /** The first bytes of a file that nobody changes. While a piece is written, the next one is read. */
  async copyFile(path: string, sizeBytes: number): Promise<void> {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    let writing: Promise<void> = Promise.resolve();
    try {
      const length = Math.min(bufferBytes, sizeBytes);
      const buffers = [Buffer.allocUnsafe(length), Buffer.allocUnsafe(length)] as const;
      for (let at = 0, turn = 0; at < sizeBytes; turn++) {
        const buffer = buffers[turn % 2 === 0 ? 0 : 1];
        const { bytesRead } = await file.read(buffer, 0, Math.min(length, sizeBytes - at), at);
        if (bytesRead === 0) throw problems.blobTruncated(path);
        await writing;
        writing = this.write(buffer.subarray(0, bytesRead));
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

  /** Two empty blocks, and the stream is ended: resolves when its reader has everything. */
  async end(): Promise<void> {
    await this.write(trailer);
    const done = finished(this.#stream, { signal: this.#options.signal });
    this.#stream.end();
    await done;
  }
}
