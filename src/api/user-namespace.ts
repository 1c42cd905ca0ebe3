/** Running commands of builds as a user who is not root: the whole program runs again, as root of a namespace of its own. */
import process from "node:process";
import { enterUserNamespace } from "../engine/run/user-namespace.ts";

/** The program ran again and ended; this process has nothing left to do but to end in the same way. */
export class RanInNamespace extends Error {
  override readonly name = "RanInNamespace";
  readonly exitCode: number;

  constructor(exitCode: number) {
    super("the program ran again in a user namespace");
    this.exitCode = exitCode;
  }
}

/**
 * For programs that are nothing but a call of this library: not before anything has been written. Rejects with a RanInNamespace, or resolves
 * where there is no need for a namespace or none can be had; then the builds say what stands in the way.
 * `variables` are set for the other run, and not for this process.
 */
export async function runInUserNamespace(variables: Readonly<Record<string, string>>): Promise<void> {
  const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const entered = await enterUserNamespace({ command, searchPath: process.env.PATH, variables });
  if (entered.kind === "ran") throw new RanInNamespace(entered.exitCode);
}
