/** Has a scanner look at what a build came to. */
import { BuildFailure } from "../../execute/ports.ts";
import type { Platform } from "../../oci/platform.ts";
import type { BuiltStage } from "../graph/stage-graph.ts";
import { identify, type Step } from "../graph/step.ts";
import type { StepObserver } from "../solve/observer.ts";
import type { StepTools } from "../solve/perform-context.ts";
import type { EngineServices } from "../solve/services.ts";
import type { Solver } from "../solve/solver.ts";
import type { ResolvedImage } from "../source/sources.ts";
import { readScanDocuments, type ScanDocument } from "./scan-document.ts";
import { scanStep } from "./scan-step.ts";
import { ownGenerator, type Scanner } from "./scanner.ts";

/** What was found in one of the results, in the order in which it is attached. */
export type Scan = (index: number) => Promise<readonly ScanDocument[]>;

export interface ScanOptions {
  readonly scanner: Scanner;
  readonly services: EngineServices;
  readonly solver: Solver;
  readonly observer: StepObserver;
  readonly tools: StepTools;
  /** Of this machine. */
  readonly platform: Platform;
  readonly pull: boolean;
  readonly ignoreCache: boolean;
  /** What the results are made from, one for each. */
  readonly states: readonly BuiltStage[];
  readonly signal: AbortSignal;
}

/** Runs nothing before it is asked. What it rejects with is a BuildFailure, or the signal's reason. */
export function createScan(options: ScanOptions): Scan {
  const { scanner, services, solver, observer, tools, platform, pull, ignoreCache, states, signal } = options;
  return async (index) => {
    const state = states[index];
    if (state === undefined) throw new Error(`there is no result ${index}`);
    const image = await scannerImage(scanner, { services, platform, pull, signal });
    const { top = nothing, scanned: extras } = state;
    const step = scanStep({
      scanner,
      image,
      platform,
      scannedPlatform: state.platform,
      result: top,
      extras,
      ignoreCache,
    });
    const solved = await solver.solve(step, { observer, signal, tools });
    const layer = solved.layers.at(-1)?.layer;
    if (layer === undefined) throw new Error("a command makes a layer");
    return readScanDocuments(layer, scanner, services, signal);
  };
}

/** Of a result without files. */
const nothing: Step = { kind: "base", id: identify({ kind: "empty" }), name: "", layers: [], ignoreCache: false };

type ImageOptions = Pick<ScanOptions, "services" | "platform" | "pull" | "signal">;

/** Rejects with a BuildFailure that tells how to do without. */
export async function scannerImage(
  { reference }: Scanner,
  { services, platform, pull, signal }: ImageOptions,
): Promise<ResolvedImage> {
  try {
    return await services.sources.image({ reference, platform, pull }, signal);
  } catch (error) {
    signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    throw new BuildFailure("build/no-scanner", `the SBOM generator ${reference} cannot be had: ${why}`, {
      hint: `name another one with generator=, or write generator=${ownGenerator} to have the engine list packages itself`,
      cause: error,
    });
  }
}
