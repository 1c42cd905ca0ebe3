/** Whether the scanner that a target asks for can be had and run, found out before anything is built. */
import { BuildFailure, type SolveRequest } from "../../execute/ports.ts";
import type { Platform } from "../../oci/platform.ts";
import type { EngineServices } from "../solve/services.ts";
import { scannerImage } from "./scan.ts";
import { scannerCommand } from "./scan-step.ts";
import { ownGenerator, type Scanner, scannerOf } from "./scanner.ts";

export interface ExamineScannerOptions {
  readonly services: EngineServices;
  /** Of this machine: the scanner runs here, whatever it looks at. */
  readonly platform: Platform;
  readonly signal: AbortSignal;
  /** Called before the sandbox is opened. What it rejects with ends the run. */
  readonly beforeCommands: () => Promise<void>;
}

/** Rejects with a BuildFailure that tells how to do without. */
export async function examineScanner(
  { target, export: { exporter } }: Pick<SolveRequest, "target" | "export">,
  options: ExamineScannerOptions,
): Promise<void> {
  const scanner = scannerOf(target);
  // Where nothing is written there is nothing to attach a list to.
  if (scanner === undefined || exporter === undefined) return;
  const { services, platform, signal } = options;
  await refuseObstacle(scanner, options);
  const image = await scannerImage(scanner, { services, platform, pull: target.pull === true, signal });
  scannerCommand(image, scanner);
}

async function refuseObstacle({ reference }: Scanner, options: ExamineScannerOptions): Promise<void> {
  const { services, platform, beforeCommands } = options;
  await beforeCommands();
  const obstacle = await (await services.sandbox()).obstacle(platform);
  if (obstacle === undefined) return;
  throw new BuildFailure("build/cannot-run", `the SBOM generator ${reference} cannot be run: ${obstacle.message}`, {
    hint: `${obstacle.hint}; or write generator=${ownGenerator} to have the engine list packages itself`,
  });
}
