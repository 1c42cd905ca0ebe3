/** Reading the files of a result, many small ones quickly: layers stay open, and nothing is waited for that is at hand. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { ContentSources } from "../../engine/layer/content-source.ts";
import type { EngineStore } from "../../engine/store/store.ts";
import type { FileEntry } from "../../engine/tree/entry.ts";

const pieceBytes = 1 << 20;

/** Nobody else would get a turn while a large file is read. */
const piecesAtOnce = 16;

/** For one reader at a time; closed when it is through. */
export class FileContents {
  readonly #sources: ContentSources;
  #buffer: Buffer | undefined;

  constructor(store: EngineStore) {
    this.#sources = new ContentSources(store);
  }

  /**
   * Hands over the content piece by piece; a piece is only good until `take` returns, or its promise resolves. Rejects with a BuildFailure
   * when the content is gone, or not the one that was looked at.
   */
  async read(
    { path, content }: FileEntry,
    signal: AbortSignal,
    take: (piece: Uint8Array) => void | Promise<void>,
  ): Promise<void> {
    const reaching = this.#sources.reach(content);
    if (reaching !== undefined) await reaching;
    const source = this.#sources.open(path, content);
    try {
      this.#buffer ??= Buffer.allocUnsafeSlow(pieceBytes);
      for (let rest = content.size, count = 1; rest > 0; count++) {
        signal.throwIfAborted();
        const piece = this.#buffer.subarray(0, Math.min(rest, pieceBytes));
        source.read(piece);
        rest -= piece.length;
        const taken = take(piece);
        if (taken !== undefined) await taken;
        else if (count % piecesAtOnce === 0) await nextTurn();
      }
      source.verify();
    } finally {
      source.close();
    }
  }

  /** Idempotent. */
  close(): void {
    this.#sources.close();
  }
}
