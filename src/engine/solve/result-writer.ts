/** The port to the exporters: what a build came to is written by them. */
import type { PreparedExport, SolveRequest } from "../../execute/ports.ts";
import type { Encoding } from "../layer/layer.ts";
import type { StageResult } from "../result.ts";
import type { Scan } from "../scan/scan.ts";
import type { EngineServices } from "./services.ts";
import type { StepReporter } from "./step-reporter.ts";

export interface ResultWriter {
  /** What is known of the writing beforehand: the encoding of layers, where it writes any. */
  readonly planFor: (prepared: PreparedExport) => { readonly encoding?: Encoding };
  /** Resolves with what a node answers; nothing is written where the request has no exporter. */
  readonly write: (writing: Writing) => Promise<ReadonlyMap<string, string>>;
}

export interface Writing {
  readonly request: SolveRequest;
  readonly results: readonly StageResult[];
  /** Absent where no scanner is asked for. */
  readonly scan?: Scan;
  readonly startedMs: number;
  readonly reporter: StepReporter;
  readonly warn: (message: string, detail: readonly string[]) => void;
  readonly services: EngineServices;
  readonly signal: AbortSignal;
}
