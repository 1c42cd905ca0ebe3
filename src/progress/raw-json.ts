/**
 * Progress for programs: one JSON object a line, in the shape the peer's `rawjson` has (`vertexes`, `statuses`, `logs`,
 * `warnings`; times RFC 3339, log data base64), each with the `build` it belongs to. What the peer has no word for (a build started, ended,
 * was tried again) comes as objects with `tsbake`.
 */
import type { BuildEvent, Outcome } from "../events/event.ts";
import type { ProgressRenderer, ProgressStream } from "./renderer.ts";

export function createRawJsonRenderer(stream: ProgressStream): ProgressRenderer {
  return {
    handle: (event) => {
      stream.write(`${JSON.stringify(rawJson(event))}\n`);
    },
    close: () => {},
  };
}

/** One event as a plain JSON value. */
export function rawJson(event: BuildEvent): unknown {
  switch (event.type) {
    case "step":
      return {
        build: event.build,
        vertexes: [
          {
            digest: event.digest,
            inputs: event.inputs.length > 0 ? event.inputs : undefined,
            name: event.name,
            started: optionalTime(event.started),
            completed: optionalTime(event.completed),
            cached: event.cached || undefined,
            error: event.error,
          },
        ],
      };
    case "step-status":
      return {
        build: event.build,
        statuses: [
          {
            id: event.id,
            vertex: event.step,
            name: event.name || undefined,
            total: event.total || undefined,
            current: event.current,
            timestamp: time(event.at),
            started: optionalTime(event.started),
            completed: optionalTime(event.completed),
          },
        ],
      };
    case "step-log":
      return {
        build: event.build,
        logs: [
          {
            vertex: event.step,
            stream: event.stream === "stdout" ? 1 : 2,
            data: Buffer.from(event.data).toString("base64"),
            timestamp: time(event.at),
          },
        ],
      };
    case "step-warning":
      return {
        build: event.build,
        warnings: [
          {
            vertex: event.step,
            level: event.level,
            short: Buffer.from(event.message).toString("base64"),
            detail: event.detail.map((line) => Buffer.from(line).toString("base64")),
            url: event.url,
          },
        ],
      };
    case "build-ended":
      return { tsbake: { ...event, at: time(event.at), outcome: plainOutcome(event.outcome) } };
    default:
      return { tsbake: { ...event, at: time(event.at) } };
  }
}

function plainOutcome(outcome: Outcome): unknown {
  return outcome.status === "succeeded" ? { ...outcome, response: Object.fromEntries(outcome.response) } : outcome;
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

function optionalTime(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : time(ms);
}
