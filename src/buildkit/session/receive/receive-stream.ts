/** Receives one stream of bytes: an archive. */
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { bytesOfMessage } from "../../rpc/bytes-message.ts";
import type { ServerCall } from "../../rpc/server.ts";

/**
 * Writes what comes until the daemon has sent all; the destination is opened with the first bytes. Resolves when the
 * destination has taken everything; when anything fails on either side the destination is destroyed and it rejects.
 */
export async function receiveStream(call: ServerCall, open: () => Promise<Writable>): Promise<void> {
  let target: OpenTarget | undefined;
  try {
    for (let message = await call.read(); message !== undefined; message = await call.read()) {
      const data = bytesOfMessage(message);
      if (data.length === 0) continue;
      target ??= openTarget(await open());
      await write(target, data);
    }
    target ??= openTarget(await open());
    target.writable.end();
    await target.done;
  } catch (error) {
    target?.writable.destroy(error instanceof Error ? error : undefined);
    await target?.done.catch(() => {});
    throw error;
  }
}

interface OpenTarget {
  readonly writable: Writable;
  /** Resolves when all is written, rejects with what went wrong. */
  readonly done: Promise<void>;
}

function openTarget(writable: Writable): OpenTarget {
  const done = finished(writable, { readable: false });
  done.catch(() => {}); // asked for at the end, or in the next write
  return { writable, done };
}

async function write({ writable, done }: OpenTarget, data: Uint8Array): Promise<void> {
  if (writable.write(data)) return;
  const drained = new Promise<void>((resolve) => writable.once("drain", resolve));
  await Promise.race([drained, done]);
}
