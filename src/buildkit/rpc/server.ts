/** The server's end of gRPC over any stream of bytes. The session is served with it: there the daemon is the client. */
import {
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Duplex } from "node:stream";
import { messageOf } from "../../base/errors.ts";
import { decodeMessage } from "./call.ts";
import { MessageStream } from "./message-stream.ts";
import { type Metadata, metadataFromRaw } from "./metadata.ts";
import type { Method } from "./method.ts";
import { nextTurn } from "./next-turn.ts";
import { RpcError, statusToTrailers } from "./status.ts";

/** A call the peer made. */
export interface ServerCall {
  readonly metadata: Metadata;
  /** Aborted when the peer gives the call up or is gone, with an RpcError. */
  readonly signal: AbortSignal;
  /** The next message, undefined once the peer has sent its last. Rejects when the call was given up. */
  readonly read: () => Promise<Buffer | undefined>;
  /** Sends one message made of pieces; resolves when there is room for more. */
  readonly write: (pieces: readonly Uint8Array[]) => Promise<void>;
  /** Sends messages that have their prefixes already. */
  readonly writeFramed: (pieces: readonly Uint8Array[]) => Promise<void>;
  /** Lets the peer send much before it is read, on a connection where it may send a little only. */
  readonly widen: () => void;
}

export interface ServeOptions {
  /** How much a peer may send in a call before it is read. Default: much, for speed over distances. */
  readonly windowBytes?: number;
}

/** What a call may hold that will perhaps not be read at all. */
export const narrowWindowBytes: number = 16 << 10;
const wideWindowBytes = 1 << 20;

/** Answers a call. Resolving ends it with OK, an RpcError with its status, any other error with UNKNOWN. */
export type CallHandler = (call: ServerCall) => Promise<void>;

/** The handlers by path, `/package.Service/Method`. */
export type CallHandlers = ReadonlyMap<string, CallHandler>;

export interface ServedConnection {
  /** Resolves when the peer is gone and every handler has returned. Never rejects. */
  readonly closed: Promise<void>;
  /** Gives up every call, ends the connection and waits as `closed` does. Idempotent. */
  readonly close: () => Promise<void>;
}

/** A handler of one request and one response. */
export function unaryHandler<Request, Response>(
  method: Method<Request, Response>,
  answer: (request: Request, call: ServerCall) => Promise<Response>,
): readonly [string, CallHandler] {
  const handler: CallHandler = async (call) => {
    const bytes = await call.read();
    if (bytes === undefined) throw new RpcError("INTERNAL", "the call has no request");
    const response = await answer(decodeMessage(method.request, bytes, method.path), call);
    await call.write([method.response.encode(response).finish()]);
  };
  return [method.path, handler];
}

/** Serves a stream of bytes until it ends. Paths are matched without regard to case, as daemons do. */
export function serveConnection(
  duplex: Duplex,
  handlers: CallHandlers,
  { windowBytes = wideWindowBytes }: ServeOptions = {},
): ServedConnection {
  const byPath = new Map([...handlers].map(([path, handler]) => [path.toLowerCase(), handler]));
  const running = new Set<Promise<void>>();
  const session = openHttp2(duplex, windowBytes);
  const begun = nextTurn();
  session.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, raw: string[]) => {
    const path = headers[":path"] ?? "";
    const handler = byPath.get(path.toLowerCase()) ?? unimplemented(path);
    const done = answerCall(stream, metadataFromRaw(raw), { handler, held: windowBytes < wideWindowBytes });
    running.add(done);
    void done.finally(() => running.delete(done));
  });
  const closed = new Promise<void>((resolve) => {
    session.on("close", () => {
      duplex.destroy();
      void Promise.allSettled(running).then(() => resolve());
    });
  });
  const close = async (): Promise<void> => {
    await begun;
    session.destroy();
    duplex.destroy();
    await closed;
  };
  duplex.on("error", () => session.destroy());
  duplex.on("close", () => session.destroy());
  return { closed, close };
}

function openHttp2(duplex: Duplex, windowBytes: number): ServerHttp2Session {
  const session = performServerHandshake(duplex, {
    // Patterns of ignore files come as headers, one each: there may be many thousands.
    maxHeaderListPairs: 200_000,
    // While much is queued a smaller limit would refuse new streams, the daemon's health checks among them.
    maxSessionMemory: 1000,
    settings: { maxHeaderListSize: 16 << 20, initialWindowSize: windowBytes, maxConcurrentStreams: 256 },
  });
  session.on("error", () => {}); // always followed by "close"
  session.setLocalWindowSize(4 << 20);
  return session;
}

function unimplemented(path: string): CallHandler {
  return () => Promise.reject(new RpcError("UNIMPLEMENTED", `unknown method ${path}`));
}

/** Never rejects. */
async function answerCall(
  stream: ServerHttp2Stream,
  metadata: Metadata,
  { handler, held }: { readonly handler: CallHandler; readonly held: boolean },
): Promise<void> {
  const given = new AbortController();
  const gaveUp = (): RpcError => new RpcError("CANCELLED", "the daemon gave the call up");
  let failure: RpcError | undefined;
  const messages = new MessageStream(stream, {
    ending: (at) => (at === "close" || stream.aborted ? gaveUp() : undefined),
    held,
  });
  stream.on("close", () => given.abort(gaveUp()));
  stream.on("wantTrailers", () => stream.sendTrailers(statusToTrailers(failure)));
  try {
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    await handler({
      metadata,
      signal: given.signal,
      read: () => messages.read(),
      write: (pieces) => messages.write(pieces),
      writeFramed: (pieces) => messages.writeFramed(pieces),
      widen: () => stream.session?.settings({ initialWindowSize: wideWindowBytes }),
    });
  } catch (error) {
    failure = error instanceof RpcError ? error : new RpcError("UNKNOWN", messageOf(error), { cause: error });
  }
  if (failure?.code === "CANCELLED") {
    messages.cancel(failure);
  } else {
    // What is not wanted is left where it is: the peer resets the stream when it has read that.
    if (failure?.code !== "ALREADY_EXISTS") messages.drop();
    messages.end();
  }
}
