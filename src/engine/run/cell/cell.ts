/**
 * A shell in namespaces of its own, told step by step what to do:
 *
 *     setpriv --pdeathsig ── unshare (mounts, processes) ── sh, the cell's first process ── what it is told to run
 *
 * Whatever it mounts is seen by nobody else and gone with it. It ends with this process, even when that is killed, and with its first process
 * ends everything in it. Its file system is reached from here below `path("/")`.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { messageOf, TsbakeError } from "../../../base/errors.ts";
import type { Programs } from "../programs.ts";
import { childrenOf, descendantsOf, statusOf } from "./descendants.ts";
import { inheritedDescriptors } from "./inherited-descriptors.ts";
import { giveAway, type OutputPipe } from "./output-pipes.ts";

export interface CellOptions {
  readonly programs: Programs;
  /** Relative names in mount options start here. */
  readonly folder: string;
  /** Descriptors 3 and 4 of the cell. */
  readonly stdout: OutputPipe;
  readonly stderr: OutputPipe;
  /** `PATH` of what the cell runs. */
  readonly searchPath: string;
  readonly signal: AbortSignal;
  /** How long what asks for it is given to end when the signal is aborted, in milliseconds. */
  readonly graceMs: number;
}

/** As much of what the cell says of itself as is kept. */
const mostDiagnostics = 16 * 1024;
const sigterm = 1n << 14n;

export class Cell {
  readonly #child: ChildProcess;
  readonly #orders: Writable;
  readonly #options: CellOptions;
  readonly #pipes: readonly OutputPipe[];
  readonly #closed: Promise<void>;
  #alive = true;
  #handedOver = false;
  #answers = "";
  /** Of a script that has ended; what it complained about may be still on its way. */
  #status: number | undefined;
  /** All that the script complained about has been read. */
  #heard = false;
  #diagnostics = "";
  #waiting: ((status: number | undefined) => void) | undefined;
  #stopping: Promise<void> | undefined;
  #spawnError: Error | undefined;

  /** Starts it. Does not throw: the first `run` tells. */
  constructor(options: CellOptions) {
    this.#options = options;
    this.#pipes = [options.stdout, options.stderr];
    const { programs } = options;
    const words = ["--pdeathsig", "KILL", "--", programs.unshare, "--mount", "--pid", "--fork", "--kill-child"];
    this.#child = spawn(programs.setpriv, [...words, "--propagation", "private", "--", programs.sh, "-s"], {
      cwd: options.folder,
      // mount(8) since 2.39 uses calls that cut the options of overlays short.
      env: { PATH: options.searchPath, LC_ALL: "C", LIBMOUNT_FORCE_MOUNT2: "always" },
      // A session of its own: what is typed at our terminal is not for it.
      detached: true,
      stdio: ["pipe", "pipe", "pipe", options.stdout.writeEnd, options.stderr.writeEnd, ...inheritedDescriptors(5)],
    });
    this.#orders = present(this.#child.stdin);
    this.#orders.on("error", () => {});
    this.#read(present(this.#child.stdout), present(this.#child.stderr));
    this.#closed = new Promise<void>((resolve) => {
      this.#child.once("error", (error) => {
        this.#spawnError = error;
        if (this.#child.pid === undefined) resolve();
      });
      this.#child.once("close", () => resolve());
    }).then(() => this.#end());
    options.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** A path of the cell's file system, for this process. Valid once a `run` has ended, and until the cell is closed. */
  path(absolute: string): string {
    return `/proc/${this.#child.pid}/root${absolute}`;
  }

  /** What programs of the cell complained about so far, the end of it; complete for scripts that have ended. */
  get diagnostics(): string {
    return this.#diagnostics.trim();
  }

  /**
   * Runs a script in the cell's shell and resolves to its exit status. One at a time. Rejects with the signal's reason once nothing is left of
   * the cell, or with a TsbakeError when it ended by itself.
   */
  async run(script: string): Promise<number> {
    this.#options.signal.throwIfAborted();
    const answer = new Promise<number | undefined>((resolve) => {
      if (!this.#alive) return resolve(undefined);
      this.#waiting = resolve;
      this.#orders.write(`{\n${script}\n} </dev/null >&2\nstatus=$?; printf '\\000' >&2; echo "$status"\n`);
    });
    const status = await answer;
    if (status !== undefined) return status;
    await this.#closed;
    this.#options.signal.throwIfAborted();
    throw this.#died();
  }

  /** The pipes go to whom the command runs as, and from this process. */
  handOver(uid: number, gid: number): void {
    if (this.#handedOver) return;
    for (const pipe of this.#pipes) giveAway(pipe, uid, gid);
    this.#letGo();
  }

  /** Ends everything in it. Idempotent, never rejects. */
  async close(): Promise<void> {
    this.#stopping ??= this.#kill();
    await this.#stopping;
    await this.#closed;
  }

  readonly #onAbort = (): void => {
    this.#stopping ??= this.#stop();
  };

  /** Asks those who listen to end, then ends everything. */
  async #stop(): Promise<void> {
    const pid = this.#child.pid;
    if (pid === undefined || !this.#alive) return;
    // Those of the command are in namespaces of their own; what runs them is not asked, it would only pass it on.
    const [first] = childrenOf(pid);
    const own = (first === undefined ? undefined : statusOf(first)?.depth) ?? 0;
    const listens = (each: number): boolean => {
      const status = statusOf(each);
      return status !== undefined && status.depth > own && (status.caught & sigterm) !== 0n;
    };
    const listeners = descendantsOf(pid).filter(listens);
    for (const each of listeners) signalProcess(each, "SIGTERM");
    const end = Date.now() + this.#options.graceMs;
    while (this.#alive && Date.now() < end && listeners.some(listens)) {
      await delay(20, undefined, { ref: true });
    }
    await this.#kill();
  }

  async #kill(): Promise<void> {
    const pid = this.#child.pid;
    if (pid === undefined || !this.#alive) return;
    // The first process takes all others with it, and its parent ends only after that. Without /proc the parent has to do.
    const [first] = childrenOf(pid);
    signalProcess(first ?? pid, "SIGKILL");
    if (first !== undefined) return;
    await delay(0);
  }

  #read(answers: Readable, diagnostics: Readable): void {
    answers.setEncoding("latin1").on("data", (text: string) => {
      this.#answers += text;
      const end = this.#answers.indexOf("\n");
      if (end === -1) return;
      this.#status = Number(this.#answers.slice(0, end));
      this.#answers = this.#answers.slice(end + 1);
      this.#answerWhenHeard();
    });
    diagnostics.setEncoding("utf8").on("data", (text: string) => {
      this.#heard ||= text.includes("\0");
      this.#diagnostics = `${this.#diagnostics}${text.replaceAll("\0", "")}`.slice(-mostDiagnostics);
      this.#answerWhenHeard();
    });
  }

  #answerWhenHeard(): void {
    const status = this.#status;
    if (status === undefined || !this.#heard) return;
    this.#status = undefined;
    this.#heard = false;
    this.#answer(status);
  }

  #answer(status: number | undefined): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(status);
  }

  #end(): void {
    this.#alive = false;
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    if (!this.#handedOver) this.#letGo();
    this.#answer(undefined);
  }

  #letGo(): void {
    this.#handedOver = true;
    for (const { writeEnd } of this.#pipes) closeSync(writeEnd);
  }

  #died(): TsbakeError {
    const why = this.#spawnError === undefined ? this.diagnostics : messageOf(this.#spawnError);
    return new TsbakeError("engine/sandbox-failed", `the sandbox ended by itself${why === "" ? "" : `: ${why}`}`, {
      hint: "commands need namespaces of processes and mounts; build with --builder on a BuildKit where they are not to be had",
    });
  }
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}

function present<Stream>(stream: Stream | null): Stream {
  if (stream === null) throw new Error("the child was started without its pipes");
  return stream;
}
