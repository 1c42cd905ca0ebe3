/** A session: the services a daemon may call on us while it builds, tunnelled through a call we make. */
import type { Duplex } from "node:stream";
import type { RpcConnection } from "../rpc/connection.ts";
import * as control from "../rpc/control-methods.ts";
import type { Metadata } from "../rpc/metadata.ts";
import {
  type CallHandler,
  type CallHandlers,
  narrowWindowBytes,
  type ServeOptions,
  serveConnection,
} from "../rpc/server.ts";
import { healthService } from "./health.ts";
import { SessionTunnel } from "./tunnel.ts";

/** Methods by path. Each service makes one of these; a session is opened with several. */
export type SessionService = CallHandlers;

export interface SessionOptions {
  /** Unique; solves name their session by it. */
  readonly id: string;
  /** Tells the daemon which earlier copy of a local folder to compare with; stable for the same folder on the same machine. */
  readonly sharedKey: string;
  /** For people. */
  readonly name: string;
  readonly services: readonly SessionService[];
  /** The daemon may be about to send what nobody wants: it sends little before it is asked for more. */
  readonly narrow?: boolean;
}

export interface Session {
  readonly id: string;
  /**
   * Resolves when the session has ended, whoever ended it, and nothing of it runs any more: undefined after `close`,
   * what went wrong otherwise. Never rejects.
   */
  readonly closed: Promise<unknown>;
  /** Ends the session. To be called after the solve answered. Idempotent; never throws. */
  readonly close: () => Promise<void>;
}

/**
 * Opens a session over the connection. Returns at once: daemons wait for a session some seconds when a solve first needs
 * it. Throws when the connection is lost already.
 */
export function openSession(connection: RpcConnection, options: SessionOptions): Session {
  const handlers = handlersOf(options);
  const call = connection.open(control.sessionPath, { metadata: sessionMetadata(options, handlers) });
  const tunnel = new SessionTunnel(call);
  const served = serveConnection(tunnel, handlers, windowOf(options));
  let closing = false;
  const closed = served.closed.then(() => (closing ? undefined : tunnel.failure));
  const close = async (): Promise<void> => {
    closing = true;
    call.cancel(new Error("the session was closed"));
    await served.close();
  };
  return { id: options.id, closed, close };
}

/**
 * Serves a session over a stream that the daemon has taken for one, as a Docker engine does that was called with the session's
 * metadata. It costs less than the way through a call.
 */
export function serveSession(stream: Duplex, options: SessionOptions): Session {
  const served = serveConnection(stream, handlersOf(options), windowOf(options));
  let failure: unknown;
  let closing = false;
  stream.on("error", (error) => {
    failure = error;
  });
  const closed = served.closed.then(() =>
    closing ? undefined : (failure ?? new Error("the daemon ended the session")),
  );
  const close = async (): Promise<void> => {
    closing = true;
    await served.close();
  };
  return { id: options.id, closed, close };
}

/** What a daemon is told of a session when it is opened. */
export function sessionMetadata(options: SessionOptions, handlers: CallHandlers = handlersOf(options)): Metadata {
  return new Map([
    ["x-docker-expose-session-uuid", [options.id]],
    ["x-docker-expose-session-name", [options.name]],
    ["x-docker-expose-session-sharedkey", [options.sharedKey]],
    ["x-docker-expose-session-grpc-method", [...handlers.keys()]],
  ]);
}

function windowOf({ narrow }: SessionOptions): ServeOptions {
  return narrow === true ? { windowBytes: narrowWindowBytes } : {};
}

function handlersOf(options: SessionOptions): CallHandlers {
  const handlers = new Map<string, CallHandler>();
  for (const service of [healthService(), ...options.services]) {
    for (const [path, handler] of service) handlers.set(path, handler);
  }
  return handlers;
}
