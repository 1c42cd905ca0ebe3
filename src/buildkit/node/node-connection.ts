/** The one connection to a daemon that all its builds share: opened when first needed, opened anew after it was lost. */
import { setTimeout as sleep } from "node:timers/promises";
import { TsbakeError } from "../../base/errors.ts";
import { followSignal } from "../../base/follow-signal.ts";
import { RpcConnection } from "../rpc/connection.ts";
import * as control from "../rpc/control-methods.ts";
import { RpcError } from "../rpc/status.ts";
import type { NodeTransport } from "./transport.ts";

const firstDelayMs = 100;
const longestDelayMs = 1000;
const answerTimeoutMs = 10_000;
/** A daemon asks after each session every five seconds; longer silence is asked about. */
const silenceMs = 30_000;
const lookEveryMs = 5000;

export class NodeConnection {
  readonly #transport: NodeTransport;
  readonly #closing = new AbortController();
  readonly #open = new Set<RpcConnection>();
  #current: Promise<RpcConnection> | undefined;

  constructor(transport: NodeTransport) {
    this.#transport = transport;
  }

  /** The shared connection. Rejects with the signal's reason or a TsbakeError that says why the daemon cannot be reached. */
  async shared(signal: AbortSignal): Promise<RpcConnection> {
    signal.throwIfAborted();
    this.#current ??= this.#connect(this.#closing.signal, true);
    const current = this.#current;
    current.catch(() => {
      if (this.#current === current) this.#current = undefined;
    });
    const connection = await unlessAborted(current, signal);
    void connection.closed.then(() => {
      if (this.#current === current) this.#current = undefined;
    });
    return connection;
  }

  /** A connection for one use; whoever asked for it closes it. */
  separate(signal: AbortSignal): Promise<RpcConnection> {
    return this.#connect(signal, false);
  }

  /** Ends every connection, separate ones too. Idempotent; never throws. */
  async close(): Promise<void> {
    this.#closing.abort(new TsbakeError("buildkit/connection-closed", `the node ${this.#transport.name} was closed`));
    await this.#current?.catch(() => {});
    await Promise.all([...this.#open].map((connection) => connection.close()));
  }

  async #connect(signal: AbortSignal, watched: boolean): Promise<RpcConnection> {
    const controller = new AbortController();
    const unfollow = [followSignal(signal, controller), followSignal(this.#closing.signal, controller)];
    try {
      const connection = await this.#tryUntilReady(controller.signal);
      this.#open.add(connection);
      const stopWatching = watched ? watchSilence(connection) : (): void => {};
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
      await connection.unary(control.info, {}, { signal, timeoutMs: answerTimeoutMs });
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
function watchSilence(connection: RpcConnection): () => void {
  let asking = false;
  const look = async (): Promise<void> => {
    if (asking || connection.silentMs < silenceMs) return;
    asking = true;
    if (!(await connection.alive(answerTimeoutMs))) await connection.close();
    asking = false;
  };
  const timer = setInterval(() => void look(), lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** The promise's outcome, or the signal's reason if that comes first. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
