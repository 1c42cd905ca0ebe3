/** The receiving side of one output. */
import type { TsbakeError } from "../base/errors.ts";
import type { ExportSink } from "../execute/ports.ts";

export interface Receiver {
  readonly sink: ExportSink;
  /** What went wrong on this side, once something has. */
  readonly trouble: () => TsbakeError | undefined;
  /** Makes what was received visible, whole. Throws a TsbakeError. */
  readonly publish: () => Promise<void>;
  /** Removes what was staged; after `publish` nothing. Idempotent, never throws. */
  readonly discard: () => Promise<void>;
}
