/** Blobs that are files. */
import { open } from "node:fs/promises";
import type { BlobContent } from "./client.ts";

const pieceBytes = 256 << 10;

/** The content of a file, opened when it is read and closed when it is not. */
export function fileContent(path: string): BlobContent {
  return (offset) => readFrom(path, offset);
}

async function* readFrom(path: string, offset: number): AsyncGenerator<Uint8Array> {
  const file = await open(path, "r");
  try {
    for (let at = offset; ; ) {
      // A new piece each time: whoever sends it may still hold the last one.
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(pieceBytes), 0, pieceBytes, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
