import { spawn } from "node:child_process";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";

export interface Watcher {
  /** The run has cleaned up by itself. */
  dismiss(): void;
}

/**
 * Starts a process that sweeps the engine away, should this run end without doing so: interrupted, killed or crashed. It reads
 * from a pipe that closes with the run, and outlives the run for as long as the sweep takes.
 */
export function watchRun(): Watcher {
  const command = fileURLToPath(new URL("run.mjs", import.meta.url));
  const script = 'read -r word || exec "$0" "$1" sweep';
  const child = spawn("sh", ["-c", script, execPath, command], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  child.unref();
  return { dismiss: () => child.stdin.end("done\n") };
}
