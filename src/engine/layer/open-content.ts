/** The bytes of a file of a tree, wherever they are. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { EngineStore } from "../store/store.ts";
import type { FileContent } from "../tree/entry.ts";
import { ContentSources } from "./content-source.ts";

const pieceBytes = 1024 * 1024;

/**
 * Reads a content from its start, in pieces of at most a mebibyte that belong to the reader. Rejects with a BuildFailure when it is gone or not
 * the one that was looked at; closing the iterator early is fine. A layer's content needs the layer to have been looked into.
 */
export async function* openContent(
  store: EngineStore,
  content: FileContent,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const sources = new ContentSources(store);
  try {
    await sources.reach(content);
    const source = sources.open(nameOf(content), content);
    try {
      for (let rest = content.size; rest > 0; ) {
        signal.throwIfAborted();
        const piece = Buffer.allocUnsafeSlow(Math.min(rest, pieceBytes));
        source.read(piece);
        rest -= piece.length;
        if (rest === 0) source.verify();
        yield piece;
        await nextTurn();
      }
    } finally {
      source.close();
    }
  } finally {
    sources.close();
  }
}

function nameOf(content: FileContent): string {
  switch (content.kind) {
    case "disk":
    case "range":
      return content.file.replace(/^\/+/, "");
    case "layer":
      return `(a file of layer ${content.diffId})`;
    case "inline":
      return "(text of the Dockerfile)";
  }
}
