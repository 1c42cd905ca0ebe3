/** What every way of showing progress has in common. */
import type { BuildEvent } from "../events/event.ts";

export type ProgressKind = "auto" | "tty" | "plain" | "rawjson" | "quiet" | "none";

/** Shows events as they happen. `handle` never throws and never waits; `close` puts the terminal back and is idempotent. */
export interface ProgressRenderer {
  readonly handle: (event: BuildEvent) => void;
  readonly close: () => void;
}

/** Where progress goes: standard error, or something that looks like it. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/** Paints a piece of text; the identity where colour is not wanted. */
export interface ProgressStyle {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly error: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly success: (text: string) => string;
}

/** Where progress gets the time and its ticks from. */
export interface ProgressClock {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Calls back every so often until the returned function is called; keeps no process alive. */
  readonly every: (intervalMs: number, tick: () => void) => () => void;
}
