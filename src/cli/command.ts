/** What a command is, and the world it runs in. */
import type { ExitCode } from "./exit-code.ts";
import type { Flag, ParsedFlags } from "./flag.ts";

export interface Command {
  /** What stands after the command's name in the usage line: `[TARGET...]`. */
  readonly usage: string;
  /** One or more sentences for the help. */
  readonly description: string;
  readonly flags: readonly Flag[];
  /** Command lines with what they do, for the help. */
  readonly examples: readonly (readonly [commandLine: string, meaning: string])[];
  /** What the exit codes say, for the help, where more than done and wrong input can come of it. */
  readonly exitCodes?: string;
  readonly run: (flags: ParsedFlags, host: Host) => Promise<ExitCode>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** A stream of the process, as far as commands need it. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string | Uint8Array): unknown;
}

export interface Host {
  readonly environment: Environment;
  readonly workingFolder: string;
  /** The result goes here, everything else to `stderr`. */
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Aborted by the first interrupt; `reason` is an Interrupted. From the first time it is asked for, interrupts do not end the process. */
  readonly signal: AbortSignal;
}
