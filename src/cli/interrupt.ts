/** Ctrl-C: the first cancels and cleans up, the second kills. */
import { exitCode } from "./exit-code.ts";

/** Why a run was cancelled from outside. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** Aborts the returned signal on SIGINT, SIGTERM or SIGHUP. A second one ends the process at once. */
export function signalOfInterrupts(tell: (text: string) => void): AbortSignal {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(exitCode.interrupted);
    if (name === "SIGINT") tell("cancelling; press Ctrl-C again to stop at once\n");
    controller.abort(new Interrupted(`interrupted by ${name}`));
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  return controller.signal;
}
