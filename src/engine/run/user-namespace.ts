/**
 * The whole process in a user namespace, where it is root: so a user who is not can run commands. Everything else then is as for root.
 *
 *     tsbake (uid 1000) ── setpriv ── unshare ── tsbake again (uid 0 of the namespace; files it makes are the user's)
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { findPrivilege } from "./privilege.ts";
import { findProgram } from "./programs.ts";

export interface EnterOptions {
  /** What this process was started as: `process.execPath`, `process.execArgv`, and `process.argv` from the script on. */
  readonly command: readonly string[];
  readonly searchPath: string | undefined;
  /** Set for the process inside, besides those of this one. */
  readonly variables?: Readonly<Record<string, string>>;
}

export type Entered =
  /** The process ran again inside and ended; this one should too, with the same status. */
  | { readonly kind: "ran"; readonly exitCode: number }
  /** There is no need to: root already, or not on Linux. */
  | { readonly kind: "unneeded" }
  | { readonly kind: "impossible"; readonly message: string; readonly hint: string };

/**
 * Runs the process again inside and passes signals on, unless there is no need to. To be called before anything else is done: standard input
 * and output are handed over as they are.
 */
export async function enterUserNamespace({ command, searchPath, variables }: EnterOptions): Promise<Entered> {
  if (process.platform !== "linux" || findPrivilege().kind !== "none") return { kind: "unneeded" };
  const [unshare, setpriv] = ["unshare", "setpriv"].map((name) => findProgram(name, searchPath));
  if (unshare === undefined || setpriv === undefined) {
    return { kind: "impossible", message: "there are no programs unshare and setpriv", hint: "install util-linux" };
  }
  const trials = [
    { flags: ["--user", "--map-root-user", "--map-auto"], warning: undefined },
    { flags: ["--user", "--map-root-user"], warning: oneUser },
  ];
  let complaint = "";
  for (const { flags, warning } of trials) {
    const trial = await run([unshare, ...flags, "--mount", "--", "true"], "pipe");
    if (trial.exitCode === 0) {
      if (warning !== undefined) process.stderr.write(`warning: ${warning}\n`);
      const words = [setpriv, "--pdeathsig", "KILL", "--", unshare, ...flags, "--", ...command];
      return { kind: "ran", exitCode: (await run(words, "inherit", variables)).exitCode };
    }
    complaint = trial.complaint || complaint;
  }
  return {
    kind: "impossible",
    message: `this machine gives users no namespaces: ${complaint.trim()}`,
    hint: "allow them (on Ubuntu: sysctl kernel.apparmor_restrict_unprivileged_userns=0), be root, or build on a BuildKit: --builder",
  };
}

const oneUser =
  "there are no ranges for this user in /etc/subuid and /etc/subgid, or no newuidmap (package uidmap): commands that change users or owners will fail";

interface Ended {
  readonly exitCode: number;
  readonly complaint: string;
}

const passedOn = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

function run(
  [program = "", ...words]: readonly string[],
  output: "inherit" | "pipe",
  variables: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(program, words, {
      stdio: output === "inherit" ? "inherit" : ["ignore", "ignore", "pipe"],
      env: { ...process.env, ...variables },
    });
    let complaint = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      complaint = `${complaint}${text}`.slice(0, 1000);
    });
    // What is typed at the terminal reaches the child by itself; this process has only to stay.
    const pass = (signal: NodeJS.Signals): void => {
      if (signal === "SIGTERM" || signal === "SIGHUP" || !process.stdin.isTTY) child.kill(signal);
    };
    for (const signal of passedOn) process.on(signal, pass);
    const end = (exitCode: number): void => {
      for (const signal of passedOn) process.off(signal, pass);
      resolve({ exitCode, complaint });
    };
    child.once("error", (error) => {
      complaint = error.message;
      end(127);
    });
    child.once("close", (code, signal) => end(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
