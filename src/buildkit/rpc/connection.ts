/** The client's end of gRPC over any stream of bytes: a socket, an upgraded HTTP connection, a command's pipes. */

import { type ClientHttp2Session, connect } from "node:http2";
import type { Duplex } from "node:stream";
import { messageOf, TsbakeError } from "../../base/errors.ts";
import { Call, type CallOptions, decodeMessage, RawCall, requestHeaders } from "./call.ts";
import * as control from "./control-methods.ts";
import type { Method } from "./method.ts";
import { nextTurn } from "./next-turn.ts";
import { RpcError } from "./status.ts";

export interface RpcConnectionOptions {
  /** What the peer is called in requests: the server's name, `localhost` for sockets. */
  readonly authority?: string;
}

/**
 * A connection carries any number of calls at once. When it is lost, each of them and every later one rejects with the
 * TsbakeError `buildkit/connection-lost`; it does not come back, dial a new one.
 */
export class RpcConnection {
  /** Resolves when the connection is gone: undefined after `close`, the error otherwise. Never rejects. */
  readonly closed: Promise<TsbakeError | undefined>;
  readonly #session: ClientHttp2Session;
  readonly #duplex: Duplex;
  readonly #authority: string;
  readonly #begun = nextTurn();
  #lost: TsbakeError | undefined;
  #heardAt = performance.now();

  constructor(duplex: Duplex, options: RpcConnectionOptions = {}) {
    this.#duplex = duplex;
    this.#authority = options.authority ?? "localhost";
    this.#session = openHttp2(duplex);
    this.closed = this.#watch();
  }

  /** Milliseconds since anything arrived in a call. During a build with a session something does every five seconds. */
  get silentMs(): number {
    return performance.now() - this.#heardAt;
  }

  async unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: CallOptions = {},
  ): Promise<Response> {
    const raw = this.open(method.path, options);
    raw.write([method.request.encode(request).finish()]).catch(() => {}); // read() tells what went wrong
    raw.end();
    const answer = await raw.read();
    if (answer === undefined) throw new RpcError("INTERNAL", `${method.path} was answered without a message`);
    const response = decodeMessage(method.response, answer, method.path);
    await raw.read();
    return response;
  }

  /** Leaving the loop early cancels the call. */
  async *serverStream<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: CallOptions = {},
  ): AsyncGenerator<Response, void, undefined> {
    const raw = this.open(method.path, options);
    raw.write([method.request.encode(request).finish()]).catch(() => {}); // read() tells what went wrong
    raw.end();
    try {
      for (let bytes = await raw.read(); bytes !== undefined; bytes = await raw.read()) {
        yield decodeMessage(method.response, bytes, method.path);
      }
    } finally {
      raw.cancel(undefined);
    }
  }

  bidi<Request, Response>(method: Method<Request, Response>, options: CallOptions = {}): Call<Request, Response> {
    return new Call(this.open(method.path, options), method);
  }

  /** A call with messages as bytes. Throws when the connection is lost or the signal aborted already. */
  open(path: string, options: CallOptions = {}): RawCall {
    options.signal?.throwIfAborted();
    const lost = this.#whyLost();
    if (lost !== undefined) throw lost;
    try {
      const stream = this.#session.request(requestHeaders(path, this.#authority, options), { endStream: false });
      return new RawCall(stream, { lost: () => this.#whyLost(), heard: () => this.#heard() }, options);
    } catch (error) {
      // The session refuses requests in states it has no event for (a GOAWAY was received).
      throw connectionLost(error);
    }
  }

  /**
   * Asks the daemon for a sign of life, by a call and not by an HTTP/2 PING: daemons end connections that ping often.
   * False when nothing came in time or the connection is lost; then everything that waits on it waits in vain.
   */
  async alive(timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    try {
      await this.unary(control.info, {}, signal === undefined ? { timeoutMs } : { timeoutMs, signal });
      return true;
    } catch (error) {
      signal?.throwIfAborted();
      return error instanceof RpcError && error.code !== "DEADLINE_EXCEEDED" && error.code !== "UNAVAILABLE";
    }
  }

  /** Ends the connection and every call on it. Idempotent; never throws. */
  async close(): Promise<void> {
    this.#lost ??= new TsbakeError("buildkit/connection-closed", "the connection to the daemon was closed");
    await this.#begun;
    this.#session.destroy();
    this.#duplex.destroy();
    await this.closed;
  }

  #heard(): void {
    this.#heardAt = performance.now();
  }

  #whyLost(): TsbakeError | undefined {
    if (this.#lost !== undefined) return this.#lost;
    return this.#session.destroyed || this.#session.closed || this.#duplex.destroyed ? connectionLost() : undefined;
  }

  #watch(): Promise<TsbakeError | undefined> {
    const lose = (cause?: unknown): void => {
      this.#lost ??= connectionLost(cause);
      this.#session.destroy();
      this.#duplex.destroy();
    };
    this.#duplex.on("error", lose);
    this.#duplex.on("end", () => lose());
    this.#session.on("error", lose);
    this.#session.on("goaway", () => this.#session.close());
    return new Promise((resolve) => {
      this.#session.on("close", () => {
        lose();
        resolve(this.#lost?.code === "buildkit/connection-closed" ? undefined : this.#lost);
      });
    });
  }
}

function openHttp2(duplex: Duplex): ClientHttp2Session {
  const session = connect("http://localhost", {
    createConnection: () => duplex,
    maxSessionMemory: 1000,
    maxHeaderListPairs: 4096,
    settings: {
      enablePush: false,
      initialWindowSize: 1 << 20,
      // Node cannot take a header field beyond 64 KiB and the whole session would stall in silence; told so, a BuildKit
      // daemon resets the one call instead.
      maxHeaderListSize: 65_000,
    },
  });
  session.on("connect", () => {
    if (!session.destroyed) session.setLocalWindowSize(4 << 20);
  });
  return session;
}

function connectionLost(cause?: unknown): TsbakeError {
  const why = cause === undefined ? "" : `: ${messageOf(cause)}`;
  return new TsbakeError("buildkit/connection-lost", `the connection to the BuildKit daemon was lost${why}`, {
    hint: "See whether the daemon is still running, then build again: what was done is cached.",
    retryable: true,
    cause,
  });
}
