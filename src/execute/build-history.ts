/** What a node remembers of the builds it has done: a port, as those in `ports.ts`. */
import type { EventSink } from "../events/event.ts";
import type { BuildFailure } from "./ports.ts";

export interface BuildRecord {
  readonly ref: string;
  /** What the frontend was told: `target`, `platform`, `build-arg:NAME`, … */
  readonly attributes: ReadonlyMap<string, string>;
  /** In RFC 3339, as precise as the node has it; the same in milliseconds. */
  readonly createdAt: string;
  readonly createdMs: number;
  /** Absent while the build is running. */
  readonly completedAt?: string;
  readonly completedMs?: number;
  readonly status: "running" | "completed" | "error" | "canceled";
  readonly error?: RecordedError;
  readonly steps: { readonly total: number; readonly completed: number; readonly cached: number };
  readonly warnings: number;
  readonly attachments: readonly BuildAttachment[];
}

export interface RecordedError {
  /** Of gRPC: `UNKNOWN` and 2. */
  readonly code: string;
  readonly number: number;
  readonly message: string;
}

/** A document that came of a build and is kept with its record. */
export interface BuildAttachment {
  readonly digest: string;
  readonly sizeBytes: number;
  /** The type of the statement (`https://slsa.dev/provenance/v0.2`), or `index`, `manifest`, `image`. */
  readonly type: string;
  /** Absent for what belongs to all platforms. */
  readonly platform?: string;
}

export interface BuildHistory {
  /** What is recorded, or the one of that ref; newest first. */
  readonly records: (signal: AbortSignal, ref?: string) => Promise<readonly BuildRecord[]>;
  /** Rejects with a TsbakeError when it is gone or larger than 64 MiB. */
  readonly attachment: (attachment: BuildAttachment, signal: AbortSignal) => Promise<Uint8Array>;
  /** How the build failed, with the lines of its Dockerfile; undefined when nothing is known of it. */
  readonly failure: (ref: string, signal: AbortSignal) => Promise<BuildFailure | undefined>;
  /** Tells what happened in it once more, at the times it happened; of one that is running, up to its end. */
  readonly replay: (ref: string, emit: EventSink, signal: AbortSignal) => Promise<void>;
  /** False when there is no such record. */
  readonly remove: (ref: string, signal: AbortSignal) => Promise<boolean>;
}
