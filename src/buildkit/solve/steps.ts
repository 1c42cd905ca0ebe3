/** Follows the steps of one build from the daemon's status messages, and tells of them as events. */

import type { Redaction } from "../../base/redaction.ts";
import type { BuildEvent, EventSink, SourceExcerpt } from "../../events/event.ts";
import { cutExcerpt } from "../../execute/source-excerpt.ts";
import type { StatusResponse, Vertex, VertexStatus, VertexWarning } from "../gen/control.ts";
import { timestampToMs } from "./timestamps.ts";

export interface StepsOptions {
  readonly build: string;
  readonly emit: EventSink;
  readonly now: () => number;
  readonly redaction: Redaction;
  readonly sourceName: (filename: string) => string;
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

  constructor(options: StepsOptions) {
    this.#options = options;
  }

  accept(response: StatusResponse): void {
    const at = this.#options.now();
    for (const vertex of response.vertexes) this.#step(vertex, at);
    for (const status of response.statuses) this.#status(status, at);
    for (const log of response.logs) {
      const stream = log.stream === 2n ? "stderr" : "stdout";
      this.#emit({ type: "step-log", at, build: this.#options.build, step: log.vertex, stream, data: log.msg });
    }
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

  /**
   * True when no step had to run. Only steps with inputs count: loading a context, resolving an image and exporting have none and
   * happen in every build.
   */
  get cached(): boolean {
    for (const step of this.#known.values()) {
      if (step.inputs.length > 0 && step.started !== undefined && !step.cached) return false;
    }
    return true;
  }

  #step(vertex: Vertex, at: number): void {
    const before = this.#known.get(vertex.digest);
    const step: KnownStep = {
      digest: vertex.digest,
      name: vertex.name === "" ? (before?.name ?? "") : this.#options.redaction.clean(vertex.name),
      inputs: vertex.inputs.length === 0 ? (before?.inputs ?? []) : vertex.inputs,
      cached: vertex.cached,
      started: vertex.started === undefined ? undefined : timestampToMs(vertex.started),
      completed: vertex.completed === undefined ? undefined : timestampToMs(vertex.completed),
      error: vertex.error === "" ? "" : this.#options.redaction.clean(vertex.error),
    };
    this.#known.set(vertex.digest, step);
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

  #status(status: VertexStatus, at: number): void {
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
