/** One call we make: messages both ways over a stream of the connection, and how it ended. */
import { type ClientHttp2Stream, constants, type IncomingHttpHeaders, type IncomingHttpStatusHeader } from "node:http2";
import { MessageStream, resetStream } from "./message-stream.ts";
import type { Metadata } from "./metadata.ts";
import { metadataToHeaders } from "./metadata.ts";
import type { Codec, Method } from "./method.ts";
import { errorOfHttpStatus, errorOfReset, RpcError, statusFromHeaders } from "./status.ts";

export interface CallOptions {
  readonly metadata?: Metadata;
  /** Resets the stream with CANCEL; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told to the peer and kept here: DEADLINE_EXCEEDED when it is over. */
  readonly timeoutMs?: number;
}

/** The headers that open a call. */
export function requestHeaders(
  path: string,
  authority: string,
  options: CallOptions,
): Record<string, string | string[]> {
  return {
    ":method": "POST",
    ":scheme": "http",
    ":path": path,
    ":authority": authority,
    te: "trailers",
    "content-type": "application/grpc",
    "user-agent": "tsbake",
    ...(options.timeoutMs === undefined ? {} : { "grpc-timeout": `${Math.ceil(options.timeoutMs)}m` }),
    ...metadataToHeaders(options.metadata ?? new Map()),
  };
}

/** What a call needs of the connection it runs over. */
export interface CallConnection {
  /** Why the connection is gone, undefined while it stands. */
  readonly lost: () => Error | undefined;
  readonly heard: () => void;
}

/** A call with messages as bytes. */
export class RawCall {
  readonly #stream: ClientHttp2Stream;
  readonly #messages: MessageStream;
  #outcome: RpcError | "ok" | undefined;
  #release: () => void = () => {};

  constructor(stream: ClientHttp2Stream, connection: CallConnection, options: CallOptions) {
    this.#stream = stream;
    stream.on("response", (headers) => this.#responded(headers));
    stream.on("trailers", (headers) => this.#noteStatus(headers));
    this.#messages = new MessageStream(stream, {
      ending: (at) => this.#ending(at, connection),
      heard: connection.heard,
    });
    this.#bind(options);
  }

  /** The next message, undefined after the last of a call that went well. */
  read(): Promise<Buffer | undefined> {
    return this.#messages.read();
  }

  /** Sends one message made of pieces; resolves when there is room for more. */
  write(pieces: readonly Uint8Array[]): Promise<void> {
    return this.#messages.write(pieces);
  }

  /** No more messages from us. */
  end(): void {
    this.#messages.end();
  }

  /** Resets the stream; a pending `read` rejects with the reason. Does nothing once the call is over. */
  cancel(reason: unknown): void {
    this.#release();
    this.#messages.cancel(reason);
  }

  #bind({ signal, timeoutMs }: CallOptions): void {
    const abort = (): void => this.cancel(signal?.reason);
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => this.#expire(timeoutMs), timeoutMs);
    this.#release = () => {
      signal?.removeEventListener("abort", abort);
      clearTimeout(timer);
    };
    this.#stream.once("close", () => this.#release());
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  }

  #expire(timeoutMs: number): void {
    this.cancel(new RpcError("DEADLINE_EXCEEDED", `no answer within ${timeoutMs} ms`));
  }

  #responded(headers: IncomingHttpHeaders & IncomingHttpStatusHeader): void {
    this.#noteStatus(headers);
    if (this.#outcome !== undefined) return;
    const status = headers[":status"] ?? 0;
    const contentType = headers["content-type"] ?? "";
    if (status === 200 && contentType.startsWith("application/grpc")) return;
    this.cancel(errorOfHttpStatus(status, contentType));
  }

  #noteStatus(headers: IncomingHttpHeaders): void {
    this.#outcome ??= statusFromHeaders(headers);
  }

  #ending(at: "end" | "close", connection: CallConnection): Error | "wait" | undefined {
    if (this.#outcome === "ok") {
      // The peer is done: whatever we still wanted to say has no reader.
      resetStream(this.#stream, constants.NGHTTP2_NO_ERROR);
      return undefined;
    }
    if (this.#outcome !== undefined) {
      resetStream(this.#stream, constants.NGHTTP2_NO_ERROR);
      return this.#outcome;
    }
    if (at === "end") return "wait";
    return connection.lost() ?? errorOfReset(this.#stream.rstCode);
  }
}

/** A call with messages of a method. */
export class Call<Request, Response> {
  readonly #raw: RawCall;
  readonly #method: Method<Request, Response>;

  constructor(raw: RawCall, method: Method<Request, Response>) {
    this.#raw = raw;
    this.#method = method;
  }

  send(message: Request): Promise<void> {
    return this.#raw.write([this.#method.request.encode(message).finish()]);
  }

  end(): void {
    this.#raw.end();
  }

  /** The next message, undefined after the last of a call that went well. */
  async receive(): Promise<Response | undefined> {
    const bytes = await this.#raw.read();
    return bytes === undefined ? undefined : decodeMessage(this.#method.response, bytes, this.#method.path);
  }

  cancel(reason: unknown): void {
    this.#raw.cancel(reason);
  }
}

/** Decodes what a peer sent; bytes that make no message are the peer's failure. */
export function decodeMessage<Message>(codec: Codec<Message>, bytes: Uint8Array, path: string): Message {
  try {
    return codec.decode(bytes);
  } catch (error) {
    throw new RpcError("INTERNAL", `a message of ${path} cannot be read`, { cause: error });
  }
}
