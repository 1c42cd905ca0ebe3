/** Blobs of a daemon's content store: those of images while they are exported, those of its records. */
import type { RpcConnection } from "./connection.ts";
import * as content from "./content-methods.ts";

/** The pieces of a blob, in order. Rejects with an RpcError: NOT_FOUND, or UNIMPLEMENTED for a daemon that shows none. */
export async function* readContent(
  connection: RpcConnection,
  digest: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const request = { digest, offset: 0n, size: 0n };
  for await (const { data } of connection.serverStream(content.read, request, { signal })) yield data;
}
