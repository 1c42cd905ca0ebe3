/** Sends the contents of files as DATA packets, small ones many at a time, large ones in chunks read ahead. */
import { closeSync, constants, openSync, readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { errnoCode, messageOf } from "../../../base/errors.ts";
import { dataPrefix } from "./packet.ts";
import { WalkError } from "./walk.ts";

const smallFileBytes = 64 << 10;
const chunkBytes = 256 << 10;
const batchBytes = 256 << 10;

/** A pipe that took a file's place must not hold us, nor a link lead us elsewhere. */
const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Said when a file is not there any more, or something that is no file has taken its place. */
const goneCodes: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "EISDIR", "ELOOP", "ENXIO", "ESPIPE"]);

export interface FileToSend {
  readonly id: number;
  /** Absolute. */
  readonly path: string;
  /** What its header said; nothing beyond is sent, so that a file that grows is sent as it was. */
  readonly sizeBytes: number;
}

export interface FileSenderOptions {
  /** Sends bytes that are messages already; resolves when there is room for more. */
  readonly send: (pieces: readonly Uint8Array[]) => Promise<void>;
  readonly sent: (bytes: number) => void;
  /** A file that was there when it was listed is gone; it is sent as an empty one. */
  readonly vanished: (path: string) => void;
  readonly signal: AbortSignal;
}

export class FileSender {
  readonly #options: FileSenderOptions;
  #batch: Uint8Array[] = [];
  #batchBytes = 0;

  constructor(options: FileSenderOptions) {
    this.#options = options;
  }

  /** Throws a WalkError that names a file which cannot be read. The last files may wait for `flush`. */
  async file(file: FileToSend): Promise<void> {
    try {
      if (file.sizeBytes <= smallFileBytes) this.#addSmall(file);
      else await this.#sendLarge(file);
    } catch (error) {
      const code = errnoCode(error);
      if (code !== undefined && goneCodes.has(code)) {
        this.#options.vanished(file.path);
        this.#add(dataPrefix(file.id, 0));
      } else if (code === undefined || this.#options.signal.aborted) {
        throw error;
      } else {
        throw new WalkError(`${file.path}: ${messageOf(error)}`, { cause: error });
      }
    }
    if (this.#batchBytes >= batchBytes) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    await this.#options.send(batch);
  }

  #add(bytes: Uint8Array): void {
    this.#batch.push(bytes);
    this.#batchBytes += bytes.length;
  }

  #addSmall(file: FileToSend): void {
    const data = readSmall(file);
    if (data.length > 0) {
      this.#add(dataPrefix(file.id, data.length));
      this.#add(data);
    }
    this.#add(dataPrefix(file.id, 0));
    this.#options.sent(data.length);
  }

  async #sendLarge(file: FileToSend): Promise<void> {
    await this.flush();
    const handle = await open(file.path, openFlags);
    let next: Promise<Buffer> | undefined;
    try {
      next = readChunk(handle, 0, file.sizeBytes);
      for (let at = 0; ; ) {
        const data = await next;
        if (data.length === 0) break;
        at += data.length;
        // The disk works while the wire does.
        next = readChunk(handle, at, file.sizeBytes);
        // Awaited in the next round or below; a failure in between is no news to anybody.
        next.catch(() => {});
        await this.#options.send([dataPrefix(file.id, data.length), data]);
        this.#options.sent(data.length);
        this.#options.signal.throwIfAborted();
      }
    } finally {
      await next?.catch(() => {});
      await handle.close();
    }
    this.#add(dataPrefix(file.id, 0));
  }
}

function readSmall(file: FileToSend): Buffer {
  const descriptor = openSync(file.path, openFlags);
  try {
    const data = Buffer.allocUnsafe(file.sizeBytes);
    let at = 0;
    while (at < data.length) {
      const count = readSync(descriptor, data, at, data.length - at, at);
      if (count === 0) break;
      at += count;
    }
    return data.subarray(0, at);
  } finally {
    closeSync(descriptor);
  }
}

/** Empty at the end of the file and at the end of what was announced. */
async function readChunk(handle: FileHandle, at: number, sizeBytes: number): Promise<Buffer> {
  const wanted = Math.min(chunkBytes, sizeBytes - at);
  if (wanted <= 0) return Buffer.alloc(0);
  const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafeSlow(wanted), 0, wanted, at);
  return buffer.subarray(0, bytesRead);
}
