/**
 * What happens while builds run, as one stream of plain values. Producers (execute, drivers, exporters) emit, consumers
 * (progress, report) read; nobody prints from inside. Times are milliseconds since the epoch.
 */

export type BuildStatus = "succeeded" | "failed" | "blocked" | "cancelled" | "timed-out" | "skipped";

export interface BuildDescription {
  readonly id: string;
  readonly target: string;
  /** `image`, `oci`, …; `none` when nothing is exported. */
  readonly exporter: string;
  /** Where to: a path, image names; for people. */
  readonly destination?: string;
}

export type BuildEvent =
  | {
      readonly type: "run-started";
      readonly at: number;
      readonly builder: string;
      readonly builds: readonly BuildDescription[];
    }
  | {
      readonly type: "build-started";
      readonly at: number;
      readonly build: string;
      readonly node: string;
      readonly attempt: number;
    }
  | StepEvent
  | StepStatusEvent
  | StepLogEvent
  | StepWarningEvent
  /** Bytes of a local context on their way to the node. */
  | {
      readonly type: "transfer";
      readonly at: number;
      readonly build: string;
      readonly name: string;
      readonly bytes: number;
      readonly done: boolean;
    }
  | {
      readonly type: "build-retried";
      readonly at: number;
      readonly build: string;
      readonly attempt: number;
      readonly reason: string;
      readonly delayMs: number;
    }
  | { readonly type: "build-ended"; readonly at: number; readonly build: string; readonly outcome: Outcome }
  | {
      readonly type: "message";
      readonly at: number;
      readonly level: "info" | "warning" | "error";
      readonly text: string;
      readonly build?: string;
    }
  | { readonly type: "run-ended"; readonly at: number };

/** A vertex of a solve. Cumulative by digest: each event carries all that is known of the step. A step may start again. */
export interface StepEvent {
  readonly type: "step";
  readonly at: number;
  readonly build: string;
  readonly digest: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly cached: boolean;
  readonly started?: number;
  readonly completed?: number;
  readonly error?: string;
}

/** Something counted inside a step: bytes of a download, files of an export. */
export interface StepStatusEvent {
  readonly type: "step-status";
  readonly at: number;
  readonly build: string;
  readonly step: string;
  readonly id: string;
  readonly name: string;
  readonly current: number;
  readonly total: number;
  readonly started?: number;
  readonly completed?: number;
}

/** Output of a step, in arbitrary pieces: several lines or half a one. */
export interface StepLogEvent {
  readonly type: "step-log";
  readonly at: number;
  readonly build: string;
  readonly step: string;
  readonly stream: "stdout" | "stderr";
  readonly data: Uint8Array;
}

export interface StepWarningEvent {
  readonly type: "step-warning";
  readonly at: number;
  readonly build: string;
  readonly step: string;
  readonly level: number;
  readonly message: string;
  readonly detail: readonly string[];
  readonly url?: string;
  readonly excerpt?: SourceExcerpt;
}

/** Lines of a file on the node's side (a Dockerfile) with the blamed ones marked. */
export interface SourceExcerpt {
  readonly file: string;
  /** From 1. */
  readonly firstLine: number;
  readonly lines: readonly { readonly text: string; readonly marked: boolean }[];
  /** What is wrong with them, where a failure is about several places. */
  readonly note?: string;
}

/** How a build ended. A failed build is an outcome, never an exception. */
export type Outcome =
  | SucceededOutcome
  | FailedOutcome
  /** It waited for a build that did not succeed. */
  | { readonly status: "blocked"; readonly by: string }
  | { readonly status: "cancelled"; readonly reason: "interrupted" | "another-build-failed" }
  | { readonly status: "timed-out"; readonly limitMs: number }
  | { readonly status: "skipped"; readonly reason: string };

export interface SucceededOutcome {
  readonly status: "succeeded";
  readonly durationMs: number;
  /** Every step with work to do was served from the cache. */
  readonly cached: boolean;
  /** What the exporter answered: `containerimage.digest`, `image.name`, … */
  readonly response: ReadonlyMap<string, string>;
  /** Paths or names that were written, for people. */
  readonly published: readonly string[];
}

export interface FailedOutcome {
  readonly status: "failed";
  readonly durationMs: number;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** The step that failed, if one did. */
  readonly step?: { readonly digest: string; readonly name: string };
  readonly excerpts: readonly SourceExcerpt[];
  /** True when the environment is to blame (no node, connection lost) rather than the build. */
  readonly environment: boolean;
}

/** Takes events as they happen; must not throw and must not wait. */
export type EventSink = (event: BuildEvent) => void;
