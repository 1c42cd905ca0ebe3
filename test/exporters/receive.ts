/** Receives as a node's session does. */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Receiver } from "../../src/exporters/receiver.ts";
import { type Tree, writeTree } from "./tree.ts";

/** Sends the chunks to a stream and ends it. */
export function send(receiver: Pick<Receiver, "sink">, ...chunks: readonly (string | Uint8Array)[]): Promise<void> {
  return sendWith(receiver, new Map(), ...chunks);
}

/** As `send`, with what a node says of the export before its bytes. */
export async function sendWith(
  { sink }: Pick<Receiver, "sink">,
  told: ReadonlyMap<string, string>,
  ...chunks: readonly (string | Uint8Array)[]
): Promise<void> {
  if (sink.kind !== "stream") throw new Error("it does not receive a stream");
  const stream = await sink.open(told);
  await pipeline(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), stream);
}

/** Writes entries into a folder. */
export async function deliver({ sink }: Pick<Receiver, "sink">, tree: Tree): Promise<void> {
  if (sink.kind !== "folder") throw new Error("it does not receive a folder");
  await writeTree(await sink.open(), tree);
}
