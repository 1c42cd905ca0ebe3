/** A small run as events, for the tests of the renderers. */
import type { BuildEvent, Outcome } from "../../src/events/event.ts";
import type { ProgressStyle } from "../../src/progress/renderer.ts";

export const plainStyle: ProgressStyle = {
  bold: (text) => text,
  dim: (text) => text,
  error: (text) => text,
  warning: (text) => text,
  success: (text) => text,
};

export const startedAt = 1_000_000;

export function runStarted(...ids: readonly string[]): BuildEvent {
  return {
    type: "run-started",
    at: startedAt,
    builder: "docker",
    builds: ids.map((id) => {
      const [target = id, exporter = "oci"] = id.split(":");
      return { id, target, exporter };
    }),
  };
}

export function buildStarted(build: string, at: number = startedAt): BuildEvent {
  return { type: "build-started", at, build, node: "n", attempt: 1 };
}

export interface StepWords {
  readonly started?: number;
  readonly completed?: number;
  readonly cached?: boolean;
  readonly error?: string;
}

export function step(build: string, digest: string, name: string, words: StepWords = {}): BuildEvent {
  const { cached = false, ...rest } = words;
  return { type: "step", at: startedAt, build, digest, name, inputs: [], cached, ...rest };
}

export function log(build: string, digest: string, text: string, at: number = startedAt): BuildEvent {
  return { type: "step-log", at, build, step: digest, stream: "stdout", data: new TextEncoder().encode(text) };
}

export function ended(build: string, outcome: Outcome): BuildEvent {
  return { type: "build-ended", at: startedAt + 2000, build, outcome };
}

export function succeeded(words: Partial<Extract<Outcome, { status: "succeeded" }>> = {}): Outcome {
  return { status: "succeeded", durationMs: 1200, cached: false, response: new Map(), published: [], ...words };
}

export function failed(words: Partial<Extract<Outcome, { status: "failed" }>> = {}): Outcome {
  return {
    status: "failed",
    durationMs: 900,
    code: "buildkit/step-failed",
    message: "exit code: 1",
    excerpts: [],
    environment: false,
    ...words,
  };
}

/** Collects what a renderer writes. */
export class Sink {
  text = "";
  readonly isTTY = true;
  columns = 60;
  rows = 10;

  write(text: string): void {
    this.text += text;
  }
}
