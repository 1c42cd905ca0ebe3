/** Messages over one HTTP/2 stream, with backpressure both ways; the same for the caller's side and the server's. */
import { constants, type Http2Stream } from "node:http2";
import { FrameDecoder, framePrefix } from "./frame.ts";
import { RpcError } from "./status.ts";

/** Bytes that wait to be read before the peer is held back. */
const readAheadBytes = 1 << 20;
/** Bytes that wait to be sent before the writer is held back. */
const writeAheadBytes = 1 << 20;

interface Waiter<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (reason: unknown) => void;
}

export interface MessageStreamOptions {
  /**
   * Asked when the peer has sent all it will: undefined for a good end, an error otherwise, `wait` when that cannot be
   * told before the stream is closed.
   */
  readonly ending: (at: "end" | "close") => Error | "wait" | undefined;
  /** Called for whatever arrives. */
  readonly heard?: () => void;
  /** Nothing is taken in before the first `read`. */
  readonly held?: boolean;
}

/**
 * Resets a stream when no bytes are being taken in any more. All that follows from something that arrived, promises included, runs
 * inside Node's reading of the wire, and a reset there may free the very stream that is being read (Node 20: memory is corrupted).
 */
export function resetStream(stream: Http2Stream, code: number): void {
  setImmediate(() => {
    if (!stream.destroyed && !stream.closed) stream.close(code);
  });
}

export class MessageStream {
  readonly #stream: Http2Stream;
  readonly #options: MessageStreamOptions;
  #decoder = new FrameDecoder();
  #reader: Waiter<Buffer | undefined> | undefined;
  #writers: Waiter<void>[] = [];
  /** How the reading side ended: undefined while it has not. */
  #ended: { readonly failure: unknown } | undefined;
  #dropping = false;
  #cancelled = false;

  constructor(stream: Http2Stream, options: MessageStreamOptions) {
    this.#stream = stream;
    this.#options = options;
    stream.on("data", (chunk: Buffer) => this.#arrived(chunk));
    if (options.held === true) stream.pause();
    stream.on("end", () => this.#finish("end"));
    // Always followed by "close", where the outcome is found.
    stream.on("error", () => {});
    stream.on("drain", () => this.#releaseWriters());
    stream.on("close", () => {
      this.#finish("close");
      this.#releaseWriters();
    });
  }

  /** The next message, undefined when the peer ended well. Rejects when it did not. One reader at a time. */
  read(): Promise<Buffer | undefined> {
    const next = this.#take();
    if (next !== undefined) return Promise.resolve(next);
    if (this.#ended !== undefined) return this.#end(this.#ended.failure);
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  /** Sends one message made of pieces. Resolves when there is room for more; rejects when the stream is closed. */
  write(pieces: readonly Uint8Array[]): Promise<void> {
    let length = 0;
    for (const piece of pieces) length += piece.length;
    return this.writeFramed([framePrefix(length), ...pieces]);
  }

  /** Sends messages that have their prefixes already. */
  writeFramed(pieces: readonly Uint8Array[]): Promise<void> {
    const stream = this.#stream;
    if (this.#isClosed || stream.writableEnded) return Promise.reject(this.#closedError());
    stream.cork();
    for (const piece of pieces) stream.write(piece);
    stream.uncork();
    if (stream.writableLength < writeAheadBytes) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#writers.push({ resolve, reject });
    });
  }

  /** No more messages from us. */
  end(): void {
    if (!this.#stream.writableEnded && !this.#isClosed) this.#stream.end();
  }

  /** Fails both directions at once with the error; resets the stream. */
  cancel(error: unknown, resetCode: number = constants.NGHTTP2_CANCEL): void {
    this.#decoder = new FrameDecoder();
    this.#settle(error);
    this.drop();
    this.#cancelled = true;
    resetStream(this.#stream, resetCode);
    this.#releaseWriters();
  }

  /** Reads on without keeping anything, so that the stream can end. */
  drop(): void {
    this.#dropping = true;
    this.#stream.resume();
  }

  #arrived(chunk: Buffer): void {
    this.#options.heard?.();
    if (this.#dropping) return;
    this.#decoder.push(chunk);
    this.#serveReader();
    if (this.#decoder.size > readAheadBytes && this.#reader === undefined) this.#stream.pause();
  }

  #serveReader(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    const message = this.#take();
    if (message === undefined && this.#ended === undefined) return;
    this.#reader = undefined;
    if (message !== undefined) reader.resolve(message);
    else this.#end(this.#ended?.failure).then(reader.resolve, reader.reject);
  }

  #take(): Buffer | undefined {
    try {
      const message = this.#decoder.next();
      if (this.#decoder.size <= readAheadBytes && this.#stream.isPaused()) this.#stream.resume();
      // A message that is still incomplete needs more, however much is waiting.
      if (message === undefined && this.#stream.isPaused()) this.#stream.resume();
      return message;
    } catch (error) {
      this.cancel(error);
      return undefined;
    }
  }

  #finish(at: "end" | "close"): void {
    if (this.#ended !== undefined) return;
    const failure = this.#options.ending(at);
    if (failure !== "wait") this.#settle(failure);
  }

  #settle(failure: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = { failure };
    this.#serveReader();
  }

  async #end(failure: unknown): Promise<undefined> {
    if (failure !== undefined) throw failure;
    if (this.#decoder.size > 0 && !this.#dropping) throw new RpcError("INTERNAL", "the peer ended amid a message");
    return undefined;
  }

  #releaseWriters(): void {
    const writers = this.#writers;
    if (writers.length === 0) return;
    this.#writers = [];
    const closed = this.#isClosed;
    for (const writer of writers) {
      if (closed) writer.reject(this.#closedError());
      else writer.resolve();
    }
  }

  get #isClosed(): boolean {
    return this.#cancelled || this.#stream.destroyed || this.#stream.closed;
  }

  #closedError(): unknown {
    return this.#ended?.failure ?? new Error("the stream is closed");
  }
}
