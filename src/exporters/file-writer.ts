/** Writing to an open file as a stream, which leaves the file open: what follows the last byte (permissions, syncing) needs it. */
import type { FileHandle } from "node:fs/promises";
import { Writable } from "node:stream";

const bufferedBytes = 1 << 20;

/** `close` is emitted when nothing is being written any more, also after `destroy`. */
export class FileWriter extends Writable {
  readonly #file: FileHandle;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: FileHandle) {
    super({ highWaterMark: bufferedBytes });
    this.#file = file;
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#writing = this.#writeAll(chunk).then(
      () => done(),
      (error: Error) => done(error),
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    // It never rejects: a failed write is told to its own callback.
    void this.#writing.then(() => done(error));
  }

  async #writeAll(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length && !this.destroyed; ) {
      const { bytesWritten } = await this.#file.write(chunk, at);
      at += bytesWritten;
    }
  }
}
