/** Pieces that are made at the same time and written one after the other. */
import type { BlobWriter } from "../../store/store.ts";

export interface Piece {
  readonly bytes: Uint8Array;
}

export interface PieceHooks<P> {
  /** Called in order, before the piece is written. */
  readonly turn?: (piece: P) => void;
  /** Called when it is written, or never will be. */
  readonly over?: () => void;
}

/** Bounded: ask `drain` before more is added. */
export class OrderedWriter {
  readonly #writer: BlobWriter;
  readonly #most: number;
  readonly #pending: Promise<void>[] = [];
  #failure: { readonly error: unknown } | undefined;

  constructor(writer: BlobWriter, most: number) {
    this.#writer = writer;
    this.#most = most;
  }

  /** Writes what the promise resolves to when everything before it is written. */
  add<P extends Piece>(piece: Promise<P> | P, hooks: PieceHooks<P> = {}): void {
    const before = this.#pending.at(-1) ?? Promise.resolve();
    const done = this.#write(before, piece, hooks).finally(() => {
      void this.#pending.shift();
      hooks.over?.();
    });
    this.#pending.push(done);
    done.catch((error: unknown) => {
      this.#failure ??= { error };
    });
    if (piece instanceof Promise) piece.catch(() => {});
  }

  get busy(): boolean {
    return this.#pending.length >= this.#most;
  }

  /** Resolves when there is room for another piece; rejects when writing one has failed. */
  async drain(): Promise<void> {
    while (this.#failure === undefined && this.busy) await this.#pending[0];
    this.#check();
  }

  /** Everything is written. */
  async finish(): Promise<void> {
    while (this.#failure === undefined && this.#pending.length > 0) await this.#pending[0];
    this.#check();
  }

  /** Nothing is read or written any more; never throws. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#pending);
  }

  async #write<P extends Piece>(before: Promise<void>, piece: Promise<P> | P, hooks: PieceHooks<P>): Promise<void> {
    try {
      await before;
    } catch (error) {
      // Its buffer is in use until it is through, even if nobody wants it any more.
      await Promise.allSettled([piece]);
      throw error;
    }
    const made = await piece;
    hooks.turn?.(made);
    await this.#writer.write(made.bytes);
  }

  #check(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
