/** The connection to a daemon that its builds share: opened when first needed, opened anew after it was lost. */
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { TsbakeError } from "../../base/errors.ts";
import { followSignal } from "../../base/follow-signal.ts";
import { RpcConnection } from "../rpc/connection.ts";
import * as control from "../rpc/control-methods.ts";
import { RpcError } from "../rpc/status.ts";
import type { NodeTransport } from "./transport.ts";

const firstDelayMs = 100;
const longestDelayMs = 1000;
export interface ConnectionTiming {
  /** How long a silent connection is left alone: in a build something comes every few seconds. */
  readonly silenceMs: number;
  /** How long a daemon that is asked for a sign of life may take. */
  readonly answerWithinMs: number;
}

const usualTiming: ConnectionTiming = { silenceMs: 30_000, answerWithinMs: 10_000 };

/**
 * How many builds share a connection. Each has up to four calls open at once (Solve, Status, its session, the gateway), and an engine
 * takes 250 on one connection: the next would wait for those that wait for it.
 */
const buildsPerConnection = 50;

interface Lane {
  readonly connection: Promise<RpcConnection>;
  builds: number;
}

export interface ConnectionLease {
  readonly connection: RpcConnection;
  /** Idempotent. */
  readonly release: () => void;
}

export class NodeConnection {
  readonly #transport: NodeTransport;
  readonly #timing: ConnectionTiming;
  readonly #closing = new AbortController();
  readonly #open = new Set<RpcConnection>();
  readonly #lanes = new Set<Lane>();

  constructor(transport: NodeTransport, timing: Partial<ConnectionTiming> = {}) {
    this.#transport = transport;
    this.#timing = { ...usualTiming, ...timing };
    // Every connection that is being opened listens to it.
    setMaxListeners(0, this.#closing.signal);
  }

  /**
   * A connection for a build: the one the others use, or another when that has its fill. Rejects with the signal's reason or a
   * TsbakeError that says why the daemon cannot be reached.
   */
  async lease(signal: AbortSignal): Promise<ConnectionLease> {
    signal.throwIfAborted();
    const lane = [...this.#lanes].find(({ builds }) => builds < buildsPerConnection) ?? this.#addLane();
    let leased = true;
    lane.builds++;
    const release = (): void => {
      if (leased) lane.builds--;
      leased = false;
    };
    try {
      return { connection: await unlessAborted(lane.connection, signal), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** A connection for a few short calls; rejects as `lease` does. */
  async shared(signal: AbortSignal): Promise<RpcConnection> {
    const { connection, release } = await this.lease(signal);
    release();
    return connection;
  }

  #addLane(): Lane {
    const lane: Lane = { connection: this.#connect(this.#closing.signal, true), builds: 0 };
    const drop = (): void => void this.#lanes.delete(lane);
    this.#lanes.add(lane);
    lane.connection.then((connection) => void connection.closed.then(drop), drop);
    return lane;
  }

  /** A connection for one use; whoever asked for it closes it. */
  separate(signal: AbortSignal): Promise<RpcConnection> {
    return this.#connect(signal, false);
  }

  /** Ends every connection, separate ones too. Idempotent; never throws. */
  async close(): Promise<void> {
    this.#closing.abort(new TsbakeError("buildkit/connection-closed", `the node ${this.#transport.name} was closed`));
    await Promise.allSettled([...this.#lanes].map((lane) => lane.connection));
    await Promise.all([...this.#open].map((connection) => connection.close()));
  }

  async #connect(signal: AbortSignal, watched: boolean): Promise<RpcConnection> {
    const controller = new AbortController();
    const unfollow = [followSignal(signal, controller), followSignal(this.#closing.signal, controller)];
    try {
      const connection = await this.#tryUntilReady(controller.signal);
      this.#open.add(connection);
      const stopWatching = watched ? watchSilence(connection, this.#timing) : (): void => {};
      void connection.closed.then(() => {
        this.#open.delete(connection);
        stopWatching();
      });
      return connection;
    } finally {
      for (const end of unfollow) end();
    }
  }

  async #tryUntilReady(signal: AbortSignal): Promise<RpcConnection> {
    const began = performance.now();
    const { readyWithinMs } = this.#transport;
    for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, longestDelayMs)) {
      let leftMs = 0;
      try {
        return await this.#try(signal);
      } catch (error) {
        signal.throwIfAborted();
        const problem = this.#transport.explain(error);
        if (!(problem instanceof TsbakeError) || !problem.retryable) throw problem;
        const triedMs = performance.now() - began;
        leftMs = readyWithinMs - triedMs;
        if (leftMs <= 0) throw readyWithinMs < 1000 ? problem : afterTrying(problem, triedMs);
      }
      await sleep(Math.min(delayMs, leftMs), undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }

  async #try(signal: AbortSignal): Promise<RpcConnection> {
    const stream = await this.#transport.dial(signal);
    const connection = new RpcConnection(stream, { authority: this.#transport.authority });
    if (this.#transport.readyWhenDialled) return connection;
    try {
      await connection.unary(control.info, {}, { signal, timeoutMs: this.#timing.answerWithinMs });
    } catch (error) {
      // Old daemons do not know the call, and show by saying so that they are there.
      if (error instanceof RpcError && error.code === "UNIMPLEMENTED" && !/not gRPC/.test(error.message))
        return connection;
      await connection.close();
      throw error;
    }
    return connection;
  }
}

function afterTrying(problem: TsbakeError, triedMs: number): TsbakeError {
  return new TsbakeError(problem.code, `${problem.message} (tried for ${Math.round(triedMs / 1000)} s)`, {
    ...(problem.hint === undefined ? {} : { hint: problem.hint }),
    retryable: true,
    cause: problem,
  });
}

/** Ends a connection that has gone silent and does not answer: everything that waits on it would wait for ever. */
function watchSilence(connection: RpcConnection, { silenceMs, answerWithinMs }: ConnectionTiming): () => void {
  let asking = false;
  const look = async (): Promise<void> => {
    if (asking || connection.silentMs < silenceMs) return;
    asking = true;
    if (!(await connection.alive(answerWithinMs))) await connection.close();
    asking = false;
  };
  const timer = setInterval(() => void look(), silenceMs / 6);
  timer.unref();
  return () => clearInterval(timer);
}

/** The promise's outcome, or the signal's reason if that comes first. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason);
  // Any number may wait at once; all stop listening when they have what they wait for.
  setMaxListeners(0, signal);
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
