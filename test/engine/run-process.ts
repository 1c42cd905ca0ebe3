import { execFile } from "node:child_process";
import { constants } from "node:os";

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly timeoutMs?: number;
}

/** Runs a program to its end and says how it went; rejects only when it could not be started. */
export function tryRun(file: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const { input, timeoutMs = 300_000, ...rest } = options;
  return new Promise((resolve, reject) => {
    const child = execFile(
      file,
      args,
      { ...rest, timeout: timeoutMs, maxBuffer: 64 << 20 },
      (error, stdout, stderr) => {
        if (error === null) resolve({ code: 0, stdout, stderr });
        else if (typeof error.code === "number") resolve({ code: error.code, stdout, stderr });
        else if (error.signal) resolve({ code: exitCodeOf(error.signal), stdout, stderr });
        else reject(error);
      },
    );
    // A program that ends without reading its input is judged by its exit code, not by the broken pipe.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input ?? "");
  });
}

/** As {@link tryRun}, but a program that fails is an error that quotes its last words. */
export async function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const finished = await tryRun(file, args, options);
  if (finished.code !== 0) {
    const words = (finished.stderr || finished.stdout).trim().split("\n").slice(-8).join("\n");
    throw new Error(`${file} ${args.join(" ")} ended with ${finished.code}:\n${words}`);
  }
  return finished;
}

/** What a shell reports for a program ended by a signal. */
function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
