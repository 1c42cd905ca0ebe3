/** The records a daemon keeps of its builds. */
import { TsbakeError } from "../../base/errors.ts";
import { Redaction } from "../../base/redaction.ts";
import type { EventSink } from "../../events/event.ts";
import type { BuildAttachment, BuildHistory, BuildRecord } from "../../execute/build-history.ts";
import { BuildFailure } from "../../execute/ports.ts";
import { readRecordedError } from "../failure/build-record.ts";
import { failureFrom } from "../failure/failure.ts";
import {
  BuildHistoryEventType,
  BuildHistoryRequest,
  StatusResponse,
  UpdateBuildHistoryRequest,
} from "../gen/control.ts";
import type { NodeConnection } from "../node/node-connection.ts";
import * as content from "../rpc/content-methods.ts";
import * as control from "../rpc/control-methods.ts";
import { RpcError } from "../rpc/status.ts";
import { Steps } from "../solve/steps.ts";
import { timestampToMs } from "../solve/timestamps.ts";
import { inOrder } from "./in-order.ts";
import { recordFrom } from "./record.ts";

const largestAttachmentBytes = 64 << 20;

interface Asking {
  readonly connection: NodeConnection;
  /** The node, for people. */
  readonly node: string;
  readonly signal: AbortSignal;
}

/** A daemon that keeps no records says so at the first call: a TsbakeError. */
export function daemonHistory(connection: NodeConnection, node: string): BuildHistory {
  const asking = (signal: AbortSignal): Asking => ({ connection, node, signal });
  return {
    records: (signal, ref) => explained(asking(signal), () => listRecords(asking(signal), ref)),
    attachment: (attachment, signal) => explained(asking(signal), () => readAttachment(asking(signal), attachment)),
    failure: (ref, signal) => explained(asking(signal), () => readFailure(asking(signal), ref)),
    replay: (ref, emit, signal) => explained(asking(signal), () => replay(asking(signal), ref, emit)),
    remove: (ref, signal) => explained(asking(signal), () => remove(asking(signal), ref)),
  };
}

async function listRecords({ connection, signal }: Asking, ref = ""): Promise<readonly BuildRecord[]> {
  const line = await connection.shared(signal);
  const found = new Map<string, BuildRecord>();
  const request = BuildHistoryRequest.create({ Ref: ref, EarlyExit: true });
  try {
    for await (const { type, record } of line.serverStream(control.listenBuildHistory, request, { signal })) {
      if (record === undefined) continue;
      if (type === BuildHistoryEventType.DELETED) found.delete(record.Ref);
      else found.set(record.Ref, recordFrom(record));
    }
  } catch (error) {
    // For a while after its end, a record that was removed is answered with an error.
    if (ref === "" || !(error instanceof RpcError) || !/is deleted|not found/.test(error.message)) throw error;
  }
  return [...found.values()].sort((a, b) => b.createdMs - a.createdMs);
}

async function readAttachment(
  { connection, signal }: Asking,
  { digest, sizeBytes }: BuildAttachment,
): Promise<Uint8Array> {
  if (sizeBytes > largestAttachmentBytes) throw tooLarge(digest);
  const line = await connection.shared(signal);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const { data } of line.serverStream(content.read, { digest, offset: 0n, size: 0n }, { signal })) {
    size += data.length;
    if (size > largestAttachmentBytes) throw tooLarge(digest);
    chunks.push(data);
  }
  return Buffer.concat(chunks);
}

async function readFailure({ connection, signal }: Asking, ref: string): Promise<BuildFailure | undefined> {
  const line = await connection.shared(signal);
  const error = await readRecordedError(line, ref, signal);
  const failure = failureFrom(error, {
    redaction: new Redaction(),
    stepName: () => undefined,
    sourceName: (filename) => filename,
  });
  return failure instanceof BuildFailure ? failure : undefined;
}

async function replay({ connection, signal }: Asking, ref: string, emit: EventSink): Promise<void> {
  const line = await connection.shared(signal);
  let at = Date.now();
  const sourceName = (filename: string): string => filename;
  const steps = new Steps({ build: ref, emit, now: () => at, redaction: new Redaction(), sourceName });
  for await (const response of line.serverStream(control.status, { Ref: ref }, { signal })) {
    for (const { time, piece } of inOrder(response)) {
      if (time !== undefined) at = timestampToMs(time);
      steps.accept(StatusResponse.create(piece));
    }
  }
}

async function remove({ connection, signal }: Asking, ref: string): Promise<boolean> {
  const line = await connection.shared(signal);
  try {
    await line.unary(control.updateBuildHistory, UpdateBuildHistoryRequest.create({ Ref: ref, Delete: true }), {
      signal,
    });
    return true;
  } catch (error) {
    if (error instanceof RpcError && (error.code === "NOT_FOUND" || /not found/.test(error.message))) return false;
    throw error;
  }
}

async function explained<T>({ node, signal }: Asking, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof RpcError)) throw error;
    if (error.code === "UNIMPLEMENTED") {
      throw new TsbakeError("buildkit/no-history", `the node ${node} cannot tell of past builds: it keeps no records`, {
        hint: "BuildKit keeps records from version 0.11 on, Docker's engine from 23.0",
        cause: error,
      });
    }
    throw new TsbakeError("buildkit/history-refused", `the node ${node} does not tell of the build: ${error.message}`, {
      hint: "see what is recorded with tsbake history ls",
      cause: error,
    });
  }
}

function tooLarge(digest: string): TsbakeError {
  return new TsbakeError("buildkit/attachment-too-large", `the attachment ${digest} is larger than 64 MiB`, {
    hint: "save it with docker buildx history inspect attachment",
  });
}
