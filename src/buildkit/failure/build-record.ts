/** Reads the daemon's record of a build: how it failed, for errors that were too large for the answer itself, and what it refers to. */
import { setTimeout as sleep } from "node:timers/promises";
import { type BuildHistoryRecord, BuildHistoryRequest } from "../gen/control.ts";
import { Status } from "../gen/status.ts";
import type { RpcConnection } from "../rpc/connection.ts";
import * as content from "../rpc/content-methods.ts";
import * as control from "../rpc/control-methods.ts";
import { RpcError, rpcCode } from "../rpc/status.ts";

const largestBytes = 32 << 20;
const timeoutMs = 10_000;
/** The record is written while the build ends. */
const attempts = 10;
const pauseMs = 200;

/** The error of a finished build, undefined when the daemon has no record of it or no error in it. Rejects only when aborted. */
export async function readRecordedError(
  connection: RpcConnection,
  ref: string,
  signal: AbortSignal,
): Promise<RpcError | undefined> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    try {
      const record = await findRecord(connection, ref, signal);
      if (record?.externalError !== undefined) return await readError(connection, record.externalError, signal);
      if (record?.error !== undefined && record.CompletedAt !== undefined) return errorOf(record.error);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof RpcError) || error.code !== "NOT_FOUND") return undefined;
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
  return undefined;
}

/** What the daemon keeps of a build; undefined when it knows none of that name. */
export async function findRecord(
  connection: RpcConnection,
  ref: string,
  signal: AbortSignal,
): Promise<BuildHistoryRecord | undefined> {
  const request = BuildHistoryRequest.create({ Ref: ref, EarlyExit: true });
  for await (const event of connection.serverStream(control.listenBuildHistory, request, { signal, timeoutMs })) {
    if (event.record?.Ref === ref) return event.record;
  }
  return undefined;
}

async function readError(
  connection: RpcConnection,
  blob: { readonly digest: string; readonly size: bigint },
  signal: AbortSignal,
): Promise<RpcError | undefined> {
  const bytes = await readRecorded(connection, blob, signal);
  return bytes === undefined ? undefined : errorOf(Status.decode(bytes));
}

/** What a record refers to; undefined when it is too large to be what it should be. */
export async function readRecorded(
  connection: RpcConnection,
  blob: { readonly digest: string; readonly size: bigint },
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  if (blob.size > BigInt(largestBytes)) return undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  const request = { digest: blob.digest, offset: 0n, size: 0n };
  for await (const { data } of connection.serverStream(content.read, request, { signal, timeoutMs })) {
    size += data.length;
    if (size > largestBytes) return undefined;
    chunks.push(data);
  }
  return Buffer.concat(chunks);
}

function errorOf(status: Status): RpcError {
  return new RpcError(rpcCode(status.code), status.message, { details: status.details });
}
