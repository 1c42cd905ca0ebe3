/** Follows the steps of one build from the daemon's status messages, and tells of them as events. */

import type { Redaction } from "../../base/redaction.ts";
import type { BuildEvent, EventSink, SourceExcerpt } from "../../events/event.ts";
import { OutputMask } from "../../execute/output-mask.ts";
import { cutExcerpt } from "../../execute/source-excerpt.ts";
import type { StatusResponse, Vertex, VertexStatus, VertexWarning } from "../gen/control.ts";
import { timestampToMs } from "./timestamps.ts";

export interface StepsOptions {
  readonly build: string;
  readonly emit: EventSink;
  readonly now: () => number;
  readonly redaction: Redaction;
  readonly sourceName: (filename: string) => string;
  /** Of a build whose work this one shares while it lives: the daemon tells of its steps here as well, where they are cached ones. */
  readonly done?: Steps;
}

interface KnownStep {
  readonly digest: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly cached: boolean;
  readonly started: number | undefined;
  readonly completed: number | undefined;
  readonly error: string;
}

export class Steps {
  readonly #options: StepsOptions;
  readonly #known = new Map<string, KnownStep>();
  readonly #masks = new Map<string, OutputMask>();

  constructor(options: StepsOptions) {
    this.#options = options;
  }

  accept(response: StatusResponse): void {
    const at = this.#options.now();
    for (const vertex of response.vertexes) this.#step(vertex, at);
    for (const status of response.statuses) this.#status(status, at);
    for (const { vertex, stream, msg } of response.logs) this.#output(vertex, stream === 2n ? "stderr" : "stdout", msg);
    for (const warning of response.warnings) this.#warning(warning, at);
  }

  nameOf(digest: string): string | undefined {
    return this.#known.get(digest)?.name;
  }

  /** The first step that failed on its own account; steps that were cancelled because of it are passed over. */
  get failed(): { readonly digest: string; readonly name: string; readonly error: string } | undefined {
    for (const { digest, name, error } of this.#known.values()) {
      if (error !== "" && !/\bcontext canceled\b/.test(error)) return { digest, name, error };
    }
    return undefined;
  }

  has(digest: string): boolean {
    return this.#known.has(digest);
  }

  /** True for a step that was done here, or found in the cache. */
  hasDone(digest: string): boolean {
    const step = this.#known.get(digest);
    return step?.completed !== undefined && step.error === "";
  }

  /**
   * True when no step had to run. Only steps with inputs count: loading a context, resolving an image and exporting have none and
   * happen in every build. Those of builds that this one links to are theirs: while they live, the daemon tells of them here as well.
   */
  cachedBeside(linked: readonly Steps[]): boolean {
    for (const step of this.#known.values()) {
      if (linked.some((steps) => steps.has(step.digest))) continue;
      if (step.inputs.length > 0 && step.started !== undefined && !step.cached) return false;
    }
    return true;
  }

  #step(vertex: Vertex, at: number): void {
    const before = this.#known.get(vertex.digest);
    const shared = this.#isShared(vertex.digest);
    const step: KnownStep = {
      digest: vertex.digest,
      name: vertex.name === "" ? (before?.name ?? "") : this.#options.redaction.clean(vertex.name),
      inputs: vertex.inputs.length === 0 ? (before?.inputs ?? []) : vertex.inputs,
      cached: shared || vertex.cached,
      started: shared ? at : vertex.started === undefined ? undefined : timestampToMs(vertex.started),
      completed: shared ? at : vertex.completed === undefined ? undefined : timestampToMs(vertex.completed),
      error: vertex.error === "" ? "" : this.#options.redaction.clean(vertex.error),
    };
    this.#known.set(vertex.digest, step);
    if (step.completed !== undefined) {
      for (const { stream, data } of this.#masks.get(vertex.digest)?.rest() ?? [])
        this.#log(vertex.digest, stream, data);
    }
    this.#emit({
      type: "step",
      at,
      build: this.#options.build,
      digest: step.digest,
      name: step.name,
      inputs: step.inputs,
      cached: step.cached,
      ...(step.started === undefined ? {} : { started: step.started }),
      ...(step.completed === undefined ? {} : { completed: step.completed }),
      ...(step.error === "" ? {} : { error: step.error }),
    });
  }

  /** Secrets are masked here, too: a daemon shows whatever a command prints. */
  #output(step: string, stream: "stdout" | "stderr", data: Uint8Array): void {
    if (this.#isShared(step)) return;
    const mask = this.#masks.get(step) ?? new OutputMask(this.#options.redaction);
    this.#masks.set(step, mask);
    const shown = mask.take(stream, data);
    if (shown !== undefined) this.#log(step, stream, shown);
  }

  #log(step: string, stream: "stdout" | "stderr", data: Uint8Array): void {
    const { build, now } = this.#options;
    this.#emit({ type: "step-log", at: now(), build, step, stream, data });
  }

  #isShared(digest: string): boolean {
    return this.#options.done?.hasDone(digest) === true;
  }

  #status(status: VertexStatus, at: number): void {
    if (this.#isShared(status.vertex)) return;
    this.#emit({
      type: "step-status",
      at,
      build: this.#options.build,
      step: status.vertex,
      id: status.ID,
      name: this.#options.redaction.clean(status.name === "" ? status.ID : status.name),
      current: Number(status.current),
      total: Number(status.total),
      ...(status.started === undefined ? {} : { started: timestampToMs(status.started) }),
      ...(status.completed === undefined ? {} : { completed: timestampToMs(status.completed) }),
    });
  }

  #warning(warning: VertexWarning, at: number): void {
    const excerpt = this.#excerpt(warning);
    this.#emit({
      type: "step-warning",
      at,
      build: this.#options.build,
      step: warning.vertex,
      level: Number(warning.level),
      message: this.#text(warning.short),
      detail: warning.detail.map((line) => this.#text(line)),
      ...(warning.url === "" ? {} : { url: this.#options.redaction.clean(warning.url) }),
      ...(excerpt === undefined ? {} : { excerpt }),
    });
  }

  #excerpt(warning: VertexWarning): SourceExcerpt | undefined {
    if (warning.info === undefined) return undefined;
    const ranges = warning.ranges.flatMap(({ start, end }) =>
      start === undefined ? [] : [{ start: start.line, end: end?.line ?? start.line }],
    );
    const file = this.#options.redaction.clean(this.#options.sourceName(warning.info.filename));
    return cutExcerpt(file, Buffer.from(warning.info.data).toString("utf8"), ranges);
  }

  #text(bytes: Uint8Array): string {
    return this.#options.redaction.clean(Buffer.from(bytes).toString("utf8"));
  }

  #emit(event: BuildEvent): void {
    this.#options.emit(event);
  }
}
