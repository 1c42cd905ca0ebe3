/** Which connection each kind of call of a build goes over, and how a stalled one is found out. */
import { setTimeout as sleep } from "node:timers/promises";
import type { NodeConnection } from "../node/node-connection.ts";
import type { RpcConnection } from "../rpc/connection.ts";

export interface CallLines {
  /** Session and status; other builds use it too. */
  readonly shared: RpcConnection;
  readonly gateway: RpcConnection;
  readonly solve: RpcConnection;
  /** True when the answer of that connection's call will never come although the daemon lives: its error did not fit into a header. */
  readonly stalled: (connection: RpcConnection) => boolean;
  /** Idempotent; never throws. */
  readonly close: () => Promise<void>;
}

export interface CallLinesOptions {
  /** The calls that may bring a large error get connections of their own. */
  readonly separate: boolean;
  /** True while such an error may have come; only then is looked. */
  readonly suspect: () => boolean;
  readonly signal: AbortSignal;
}

const lookEveryMs = 500;
const answerWithinMs = 5000;
/** How much later than on a healthy connection an answer may come. */
const behindMs = 500;

/**
 * Rejects when the daemon cannot be reached. A separate connection is there to be lost: a large error stalls it without a word, and
 * that must hurt neither other builds nor this build's session and status.
 */
export async function openCallLines(node: NodeConnection, options: CallLinesOptions): Promise<CallLines> {
  const { connection: shared, release } = await node.lease(options.signal);
  if (!options.separate) {
    return { shared, gateway: shared, solve: shared, stalled: () => false, close: async () => release() };
  }
  const own = await Promise.allSettled([node.separate(options.signal), node.separate(options.signal)]);
  const opened = own.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  const close = async (): Promise<void> => {
    release();
    await Promise.all(opened.map((connection) => connection.close()));
  };
  const [gateway, solve] = opened;
  if (gateway === undefined || solve === undefined) {
    await close();
    throw own.find((each) => each.status === "rejected")?.reason;
  }
  const stalled = new Set<RpcConnection>();
  for (const connection of opened) {
    void watchForStall(connection, { shared, suspect: options.suspect, onStall: () => stalled.add(connection) });
  }
  return { shared, gateway, solve, stalled: (connection) => stalled.has(connection), close };
}

/** Closes the connection when it does not answer while the shared one does. Ends with the connection; never rejects. */
async function watchForStall(
  connection: RpcConnection,
  {
    shared,
    suspect,
    onStall,
  }: { readonly shared: RpcConnection; readonly suspect: () => boolean; readonly onStall: () => void },
): Promise<void> {
  let open = true;
  const closed = connection.closed.then(() => {
    open = false;
  });
  for (;;) {
    await Promise.race([closed, sleep(lookEveryMs, undefined, { ref: false })]);
    if (!open) return;
    if (!suspect() || connection.silentMs < lookEveryMs) continue;
    if (!(await isBehind(connection, shared)) || !open) continue;
    onStall();
    await connection.close();
  }
}

async function isBehind(connection: RpcConnection, healthy: RpcConnection): Promise<boolean> {
  const answer = connection.alive(answerWithinMs);
  if (!(await healthy.alive(answerWithinMs))) return false;
  return !(await Promise.race([answer, sleep(behindMs, false, { ref: false })]));
}
