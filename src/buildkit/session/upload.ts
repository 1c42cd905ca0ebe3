/** `moby.upload.v1.Upload`: daemons fetch a context that is one stream with it, as when it comes from our standard input. */
import type { Readable } from "node:stream";
import { bytesMessagePieces } from "../rpc/bytes-message.ts";
import { metadataValue } from "../rpc/metadata.ts";
import type { ServerCall } from "../rpc/server.ts";
import { RpcError } from "../rpc/status.ts";
import type { SessionService } from "./session.ts";

const maxPieceBytes = 3 << 20;

/** The address a solve gives as its context for a stream that is served under the id. */
export function uploadAddress(id: string): string {
  return `http://buildkit-session/${id}`;
}

/** Streams by id. Each is opened anew whenever it is fetched, and destroyed when the daemon gives up. */
export function uploadService(streams: ReadonlyMap<string, () => Readable>): SessionService {
  return new Map([
    [
      "/moby.upload.v1.Upload/Pull",
      async (call: ServerCall) => {
        const id = (metadataValue(call.metadata, "urlpath") ?? "").replace(/^\//, "");
        const open = streams.get(id);
        if (open === undefined) throw new RpcError("NOT_FOUND", `there is no stream ${JSON.stringify(id)} to upload`);
        await send(call, open());
      },
    ],
  ]);
}

async function send(call: ServerCall, stream: Readable): Promise<void> {
  const stop = (): void => {
    stream.destroy();
  };
  call.signal.addEventListener("abort", stop, { once: true });
  try {
    for await (const chunk of stream) {
      const data = Buffer.from(chunk);
      for (let at = 0; at < data.length; at += maxPieceBytes) {
        await call.write(bytesMessagePieces([data.subarray(at, at + maxPieceBytes)]));
      }
    }
  } finally {
    call.signal.removeEventListener("abort", stop);
    stream.destroy();
  }
}
