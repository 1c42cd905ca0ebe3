/** `moby.filesync.v1.FileSend`: daemons send results with it, a stream of bytes or a tree of files. */
import type { ExportSink, OfferedImage } from "../../execute/ports.ts";
import { type Metadata, metadataValue } from "../rpc/metadata.ts";
import type { ServerCall } from "../rpc/server.ts";
import { RpcError } from "../rpc/status.ts";
import { receiveFolder } from "./receive/receive-folder.ts";
import { receiveStream } from "./receive/receive-stream.ts";
import type { SessionService } from "./session.ts";

const metadataPrefix = "exporter-md-";

/**
 * The sinks are in the order of the exporters of the solve. `readBlob` reads what the daemon is about to send, while it waits to send it: a
 * sink that takes an image from there leaves the stream unread.
 */
export function fileSendService(sinks: readonly ExportSink[], readBlob?: OfferedImage["read"]): SessionService {
  const taken = new Set<number>();
  return new Map([
    [
      "/moby.filesync.v1.FileSend/DiffCopy",
      async (call: ServerCall) => {
        const index = exporterIndex(call.metadata);
        const sink = sinks[index] ?? { kind: "none" };
        switch (sink.kind) {
          case "none":
            throw new RpcError("FAILED_PRECONDITION", `nothing is expected from exporter ${index}`);
          case "stream":
            // Two at once would mix their bytes. A folder may come in several streams, one for each platform.
            if (taken.has(index)) throw new RpcError("FAILED_PRECONDITION", `exporter ${index} sends a second stream`);
            taken.add(index);
            await leaveUnread(call, sink, readBlob);
            if (sink.take !== undefined) call.widen();
            return receiveStream(call, () => sink.open(exporterMetadata(call.metadata)));
          case "folder":
            return receiveFolder(call, sink.open);
        }
      },
    ],
  ]);
}

/** Rejects with what tells the daemon that the image is there already when the sink has taken it. */
async function leaveUnread(
  call: ServerCall,
  { take }: Extract<ExportSink, { kind: "stream" }>,
  readBlob: OfferedImage["read"] | undefined,
): Promise<void> {
  if (take === undefined || readBlob === undefined) return;
  const image = { metadata: exporterMetadata(call.metadata), read: readBlob };
  if (await take(image, call.signal)) throw new RpcError("ALREADY_EXISTS", "all that is needed of the image is there");
}

function exporterIndex(metadata: Metadata): number {
  const index = Number(metadataValue(metadata, "buildkit-attachable-exporter-id") ?? "0");
  if (Number.isInteger(index) && index >= 0) return index;
  throw new RpcError("INVALID_ARGUMENT", "the exporter has no valid number");
}

/** What the exporter tells of its result before the bytes: `containerimage.digest` and the like. */
function exporterMetadata(metadata: Metadata): ReadonlyMap<string, string> {
  const told = new Map<string, string>();
  for (const [key, values] of metadata) {
    if (key.startsWith(metadataPrefix)) told.set(key.slice(metadataPrefix.length), values[0] ?? "");
  }
  return told;
}
