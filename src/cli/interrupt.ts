/** Ctrl-C: the first cancels and cleans up, the second kills. */
import { exitCode } from "./exit-code.ts";

/** Why a run was cancelled from outside. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly by: NodeJS.Signals;

  constructor(by: NodeJS.Signals) {
    super(`interrupted by ${by}`);
    this.by = by;
  }
}

/** Aborts the returned signal with an Interrupted on SIGINT, SIGTERM or SIGHUP. A second one ends the process at once. */
export function signalOfInterrupts(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(exitCode.interrupted);
    controller.abort(new Interrupted(name));
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  return controller.signal;
}
