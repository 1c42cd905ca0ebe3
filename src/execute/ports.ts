/**
 * The ports of execution: what it needs from nodes, exporters and the clock. Drivers and exporters implement them;
 * `execute` knows no other name.
 */
import type { TsbakeError } from "../base/errors.ts";
import type { RemoteTree } from "../buildfile/remote-tree.ts";
import type { EventSink, SourceExcerpt } from "../events/event.ts";
import type { Build, BuildId, Target } from "../plan/plan.ts";
import type { BuildHistory } from "./build-history.ts";

export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Resolves after the delay, or rejects with the signal's reason at once when it is aborted. */
  readonly sleep: (delayMs: number, signal: AbortSignal) => Promise<void>;
}

/** What a node can do, found by asking it, never by its version. */
export interface NodeCapabilities {
  /** `linux/amd64`, …, normalised. */
  readonly platforms: readonly string[];
  /** Of those, what it does by itself or was set up to do; the rest it may emulate. Default: all of them. */
  readonly preferred?: readonly string[];
  /** A Docker engine: has an image store of its own, `docker` outputs without destination land there. */
  readonly imageStore: "none" | "graphdriver" | "containerd";
  /** Exporter types the node knows. */
  readonly exporters: ReadonlySet<string>;
  /** What people call the node, for what is said of what it cannot do. */
  readonly description?: string;
}

/** A place where builds run. Opened by a driver; closed by whoever opened it. */
export interface BuildNode {
  readonly name: string;
  /** For people: `docker (unix:///var/run/docker.sock)`. */
  readonly description: string;
  /** Asks the node (once; later calls answer from memory). Throws a TsbakeError when it cannot be reached. */
  readonly capabilities: (signal: AbortSignal) => Promise<NodeCapabilities>;
  /** Prepares what several builds share (sessions of contexts used more than once). Called once before the first `start`. */
  readonly share: (requests: readonly SolveRequest[]) => void;
  /**
   * Looks at builds before the first of them starts, and says which of them cannot be done here and why: a BuildFailure or a TsbakeError
   * each. Absent where that shows only when it is tried.
   */
  readonly examine?: (requests: readonly SolveRequest[], signal: AbortSignal) => Promise<ReadonlyMap<BuildId, Error>>;
  readonly start: (request: SolveRequest, context: SolveContext) => SolveJob;
  /**
   * Fetches build files that are not on this machine. Rejects with a TsbakeError when they cannot be had. Absent where a node can build
   * nothing but what is here.
   */
  readonly readRemote?: (request: RemoteRequest, signal: AbortSignal) => Promise<RemoteFiles>;
  /** Absent where no past builds are remembered. */
  readonly openHistory?: () => Promise<BuildHistory>;
  /** Ends connections and whatever runs in the background. Idempotent; never throws. */
  readonly close: () => Promise<void>;
}

export interface RemoteRequest {
  /** Of a git repository, an archive or a build file. */
  readonly address: string;
  /** Paths from the top of the repository or archive; what is not there is left out of the answer. */
  readonly names: readonly string[];
  /** Absolute; the sockets of agents are looked for from here. */
  readonly workingFolder: string;
}

export interface RemoteFiles {
  readonly tree: RemoteTree;
  /** By name; the one build file of a tree of kind `file` by its address. Empty files are left out. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** All a node needs to know of one build. */
export interface SolveRequest {
  readonly build: Build;
  readonly target: Target;
  readonly export: PreparedExport;
  /** The working folder that relative paths of the target start from, absolute. */
  readonly workingFolder: string;
  /** True when other builds link to this one or repeat it: the result must stay usable until `finish`. */
  readonly linkedTo: boolean;
  /** Other nodes make the other platforms of it: the result is a list of platforms even if it has but one. */
  readonly part?: boolean;
}

export interface SolveContext {
  readonly signal: AbortSignal;
  readonly emit: EventSink;
  /** The jobs this build's links are fed from: context name to the linked target's job, whose `solved` has resolved. */
  readonly links: ReadonlyMap<string, SolveJob>;
  /** The job of the build whose work this one exports again, where that is still alive: its `solved` has resolved. */
  readonly repeats?: SolveJob;
  /** That build has succeeded on this node: what it did is in the cache here. */
  readonly repeatsDone?: boolean;
}

/**
 * A build under way. `solved` resolves when every step has run (the frontend answered and, where others are fed from it or it from others,
 * the result was evaluated); linked builds and repeated exports may start then. Nothing is exported before `finish` is called. Both reject
 * with a BuildFailure, a TsbakeError, or the signal's reason, once nothing of the build is running any more; after a rejection nothing needs
 * to be called.
 * A job whose signal is aborted between the two is finished as well: `finish` then exports nothing, cleans up and rejects.
 */
export interface SolveJob {
  readonly solved: Promise<void>;
  readonly finish: () => Promise<SolveResult>;
}

export interface SolveResult {
  readonly response: ReadonlyMap<string, string>;
  /** True when no step had to run. */
  readonly cached: boolean;
}

/** The build itself failed on a reachable node (a RUN, a missing file, a refused push). Not a bug and not the environment. */
export class BuildFailure extends Error {
  override readonly name = "BuildFailure";
  readonly code: string;
  readonly hint: string | undefined;
  readonly step: { readonly digest: string; readonly name: string } | undefined;
  readonly excerpts: readonly SourceExcerpt[];
  /** A transient cause (network, registry 5xx, rate limit): another try may succeed. */
  readonly retryable: boolean;

  constructor(code: string, message: string, details: BuildFailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.step = details.step;
    this.excerpts = details.excerpts ?? [];
    this.retryable = details.retryable ?? false;
  }
}

export interface BuildFailureDetails {
  readonly hint?: string;
  readonly step?: { readonly digest: string; readonly name: string };
  readonly excerpts?: readonly SourceExcerpt[];
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/** Where a node's export goes on our side. */
export type ExportSink =
  /** Nothing comes back (image stores, registries, cacheonly). */
  | { readonly kind: "none" }
  /** One stream of bytes; `open` is called with the first bytes at hand, never for a build that fails before. */
  | {
      readonly kind: "stream";
      readonly open: (metadata: ReadonlyMap<string, string>) => Promise<import("node:stream").Writable>;
      /**
       * Asked before `open` where the image can be read blob by blob: true when all that is needed of it was taken from there, so that nothing is
       * to be sent. Rejects as the stream would.
       */
      readonly take?: (image: OfferedImage, signal: AbortSignal) => Promise<boolean>;
    }
  /** A folder, made with the first entry; the receiver writes inside it and nowhere else. */
  | { readonly kind: "folder"; readonly open: () => Promise<string> };

/** An image where it lies, ready to be exported. */
export interface OfferedImage {
  /** What the node tells of it: `containerimage.descriptor`, … */
  readonly metadata: ReadonlyMap<string, string>;
  /** The pieces of one of its blobs, in order. Rejects when it cannot be had there. */
  readonly read: (digest: string, signal: AbortSignal) => AsyncIterable<Uint8Array>;
}

/** One output of one target, checked and ready to be received: staged beside its destination until it is whole. */
export interface PreparedExport {
  /** The exporter type the node is asked for (`image`, `moby`, `oci`, `docker`, `tar`, `local`), or undefined for none. */
  readonly exporter: string | undefined;
  readonly attributes: ReadonlyMap<string, string>;
  readonly sink: ExportSink;
  /** Where to, for people: a path as it was written, image names. Absent when nothing is exported. */
  readonly destination?: string;
  /**
   * What went wrong while receiving, on our side (a full disk, a reader that went away): it explains a failure of the node, which only
   * sees a receiver that stopped. undefined while nothing did.
   */
  readonly trouble?: () => TsbakeError | undefined;
  /** Keys of the node's answer that say nothing true of this export; they are left out of the outcome. */
  readonly withheld?: readonly string[];
  /**
   * Makes the staged result visible (rename) and says what was written. Called after the node reported success. Where another process
   * writes to the same place it is waited for, as `waiting` has it; without, for some minutes.
   */
  readonly publish: (result: SolveResult, waiting?: Waiting) => Promise<readonly string[]>;
  /** Removes what was staged. Idempotent; never throws; what stood at the destination before stays. */
  readonly discard: () => Promise<void>;
}

/** For what may have to wait for another process. */
export interface Waiting {
  /** Ends the wait. */
  readonly signal: AbortSignal;
  /** Told once, after some seconds, whom it waits for and why, for people. */
  readonly onWait: (text: string) => void;
}

/** Makes the receiving side of an output for a node. Throws a TsbakeError when the destination is unusable. */
export interface ExporterPort {
  readonly prepare: (build: Build, target: Target, node: NodeCapabilities) => Promise<PreparedExport>;
  /** What each of several nodes is asked for that make some platforms of the result. Default: the same. */
  readonly partOf?: (prepared: PreparedExport) => PreparedExport;
  /** Puts together what several nodes made, and answers as one of them would for all of it. Rejects with a TsbakeError. */
  readonly merge?: (merging: Merging) => Promise<ReadonlyMap<string, string>>;
}

export interface Merging {
  /** As it was prepared for the whole. */
  readonly prepared: PreparedExport;
  /** Of the nodes, in the order in which the platforms are to come. */
  readonly answers: readonly ReadonlyMap<string, string>[];
  readonly signal: AbortSignal;
}
