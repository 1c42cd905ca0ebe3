/** Messages on a stream: one byte of flags (0, nothing is compressed), the length in four bytes, the message. */
import { RpcError } from "./status.ts";

/** What the Go side of BuildKit allows in both directions. */
export const maxMessageBytes: number = 16 << 20;

const prefixBytes = 5;

/** The prefix of a message of that many bytes. */
export function framePrefix(length: number): Buffer {
  const prefix = Buffer.allocUnsafe(prefixBytes);
  prefix[0] = 0;
  prefix.writeUInt32BE(length, 1);
  return prefix;
}

/** Cuts what arrives into messages. A message that lies within one chunk is a view of it, nothing is copied. */
export class FrameDecoder {
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #needed: number | undefined;

  /** Bytes that arrived and were not taken yet. */
  get size(): number {
    return this.#size;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** The next whole message, if there is one. Throws an RpcError when it is compressed or larger than allowed. */
  next(): Buffer | undefined {
    if (this.#needed === undefined) {
      if (this.#size < prefixBytes) return undefined;
      this.#needed = lengthOf(this.#take(prefixBytes));
    }
    if (this.#size < this.#needed) return undefined;
    const message = this.#take(this.#needed);
    this.#needed = undefined;
    return message;
  }

  #take(length: number): Buffer {
    this.#size -= length;
    const first = this.#chunks[0];
    if (first === undefined || length === 0) return Buffer.alloc(0);
    if (first.length > length) {
      this.#chunks[0] = first.subarray(length);
      return first.subarray(0, length);
    }
    if (first.length === length) {
      this.#chunks.shift();
      return first;
    }
    return this.#join(length);
  }

  #join(length: number): Buffer {
    const joined = Buffer.allocUnsafe(length);
    let at = 0;
    let used = 0;
    while (at < length) {
      const chunk = this.#chunks[used];
      if (chunk === undefined) break;
      const copied = chunk.copy(joined, at, 0, length - at);
      at += copied;
      if (copied < chunk.length) this.#chunks[used] = chunk.subarray(copied);
      else used++;
    }
    this.#chunks.splice(0, used);
    return joined;
  }
}

function lengthOf(prefix: Buffer): number {
  if (prefix[0] !== 0) throw new RpcError("INTERNAL", "the peer sent a compressed message nobody asked for");
  const length = prefix.readUInt32BE(1);
  if (length <= maxMessageBytes) return length;
  throw new RpcError("RESOURCE_EXHAUSTED", `the peer sent a message of ${length} bytes, more than ${maxMessageBytes}`);
}
