/** The limits of a run: how many builds work at once, over all and on each node. */

export interface SlotLimits {
  /** At least 1. */
  readonly jobs: number;
  /** At least 1. */
  readonly perNode: number;
}

/** Gives the slot back. Calling it again does nothing. */
export type ReleaseSlot = () => void;

interface Waiter {
  readonly node: string;
  readonly rank: number;
  readonly grant: (release: ReleaseSlot) => void;
}

/**
 * Slots by priority: of those that wait, the highest rank is served first, equal ranks in order of arrival; a node without room does
 * not hold up the others. Slots are handed out after the current turn of the event loop, so that what became ready together is
 * ranked together. Whoever holds a slot must not wait for another build.
 */
export class Slots {
  readonly #limits: SlotLimits;
  readonly #waiters: Waiter[] = [];
  readonly #busyOnNode = new Map<string, number>();
  #busy = 0;
  #granting = false;

  constructor(limits: SlotLimits) {
    if (!(limits.jobs >= 1 && limits.perNode >= 1)) throw new Error("a limit below 1 would never let a build start");
    this.#limits = limits;
  }

  /** Waits for a slot; rejects with the signal's reason when it is aborted before. */
  acquire(node: string, rank: number, signal: AbortSignal): Promise<ReleaseSlot> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = (): void => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        reject(signal.reason);
      };
      const waiter: Waiter = {
        node,
        rank,
        grant: (release) => {
          signal.removeEventListener("abort", onAbort);
          resolve(release);
        },
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiters.splice(this.#placeFor(rank), 0, waiter);
      this.#grantSoon();
    });
  }

  /** Behind all waiters of the same or a higher rank. */
  #placeFor(rank: number): number {
    let low = 0;
    let high = this.#waiters.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#waiters[middle]?.rank ?? 0) >= rank) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #grantSoon(): void {
    if (this.#granting) return;
    this.#granting = true;
    setImmediate(() => {
      this.#granting = false;
      this.#grant();
    });
  }

  #grant(): void {
    while (this.#busy < this.#limits.jobs) {
      const next = this.#waiters.findIndex((waiter) => this.#load(waiter.node) < this.#limits.perNode);
      const [waiter] = next === -1 ? [] : this.#waiters.splice(next, 1);
      if (waiter === undefined) return;
      this.#occupy(waiter.node, 1);
      waiter.grant(this.#releaseOnce(waiter.node));
    }
  }

  #releaseOnce(node: string): ReleaseSlot {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#occupy(node, -1);
      this.#grantSoon();
    };
  }

  #occupy(node: string, change: 1 | -1): void {
    this.#busy += change;
    this.#busyOnNode.set(node, this.#load(node) + change);
  }

  #load(node: string): number {
    return this.#busyOnNode.get(node) ?? 0;
  }
}
