/** The stream of bytes inside a session call: each message carries a piece of the HTTP/2 connection of the daemon. */
import { Duplex } from "node:stream";
import { bytesMessagePieces, bytesOfMessage } from "../rpc/bytes-message.ts";
import type { RawCall } from "../rpc/call.ts";
import { RpcError } from "../rpc/status.ts";

/** Below what daemons accept in one message, with room to spare. */
const maxPieceBytes = 3 << 20;

type WriteDone = (error?: Error | null) => void;

export class SessionTunnel extends Duplex {
  readonly #call: RawCall;
  #failure: unknown;
  #reading = false;

  constructor(call: RawCall) {
    super({ readableHighWaterMark: 1 << 20, writableHighWaterMark: 1 << 20, allowHalfOpen: false });
    this.#call = call;
  }

  /** Why the tunnel ended, undefined while it stands or when the daemon ended it well. */
  get failure(): unknown {
    return this.#failure;
  }

  override _read(): void {
    if (!this.#reading) void this.#pump();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: WriteDone): void {
    void this.#send([chunk], done);
  }

  /** Many frames of HTTP/2 become few messages. */
  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: WriteDone): void {
    void this.#send(
      chunks.map(({ chunk }) => chunk),
      done,
    );
  }

  override _final(done: WriteDone): void {
    this.#call.end();
    done();
  }

  override _destroy(error: Error | null, done: WriteDone): void {
    this.#call.cancel(error ?? new RpcError("CANCELLED", "the session was closed"));
    done(error);
  }

  /** Never rejects. */
  async #pump(): Promise<void> {
    this.#reading = true;
    try {
      for (;;) {
        const message = await this.#call.read();
        if (message === undefined) {
          this.push(null);
          return;
        }
        const data = bytesOfMessage(message);
        if (data.length > 0 && !this.push(data)) break;
      }
    } catch (error) {
      this.#failure ??= error;
      // Not as an error of the stream: whoever cares asks for the failure.
      this.destroy();
    } finally {
      this.#reading = false;
    }
  }

  /** Never rejects. */
  async #send(chunks: readonly Buffer[], done: WriteDone): Promise<void> {
    try {
      await this.#sendAll(chunks);
    } catch (error) {
      this.#failure ??= error;
      // Not as an error of the stream: whoever cares asks for the failure.
      this.destroy();
    }
    done();
  }

  async #sendAll(chunks: readonly Buffer[]): Promise<void> {
    let pieces: Buffer[] = [];
    let size = 0;
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) {
        const piece = chunk.subarray(at, at + maxPieceBytes - size);
        pieces.push(piece);
        size += piece.length;
        at += piece.length;
        if (size < maxPieceBytes) continue;
        await this.#call.write(bytesMessagePieces(pieces));
        pieces = [];
        size = 0;
      }
    }
    if (size > 0) await this.#call.write(bytesMessagePieces(pieces));
  }
}
