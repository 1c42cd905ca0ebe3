/** The built program, run as a user runs it. */
import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Finished, type RunOptions, tryRun } from "../engine/run-process.ts";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));
export const program: string = resolve(root, process.env.TSBAKE_DIST || "dist", "cli/tsbake.cjs");

export interface Call extends RunOptions {
  /** The engine to use; without one there is none. */
  readonly dockerHost?: string;
}

/** Runs `tsbake` with an environment that holds nothing of the machine's but the path. */
export function tsbake(args: readonly string[], { dockerHost, env, ...options }: Call = {}): Promise<Finished> {
  return tryRun(process.execPath, [program, ...args], { ...options, env: environment(dockerHost, env) });
}

export interface Interruption {
  /** Sent when the text has appeared on standard error. */
  readonly signal: NodeJS.Signals;
  readonly when: RegExp;
  readonly delayMs?: number;
}

/** Runs `tsbake` and sends it a signal on the way. */
export async function interruptTsbake(
  args: readonly string[],
  call: Call,
  interruption: Interruption,
): Promise<Finished> {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: call.cwd,
    env: environment(call.dockerHost, call.env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  let sent = false;
  child.stdout.on("data", (data: Buffer) => {
    stdout += data.toString();
  });
  child.stderr.on("data", (data: Buffer) => {
    stderr += data.toString();
    if (sent || !interruption.when.test(stderr)) return;
    sent = true;
    setTimeout(() => child.kill(interruption.signal), interruption.delayMs ?? 0);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code: code ?? (signal === "SIGKILL" ? 137 : -1), stdout, stderr }));
  });
}

function environment(dockerHost: string | undefined, env: RunOptions["env"]): Record<string, string | undefined> {
  return {
    PATH: process.env.PATH,
    HOME: "/nonexistent",
    TSBAKE_CACHE_DIR: join(root, "node_modules/.cache/tsbake"),
    DOCKER_HOST: dockerHost ?? "unix:///nonexistent/docker.sock",
    ...env,
  };
}
