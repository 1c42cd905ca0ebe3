/** A program's standard input and output as one byte stream: how ssh, docker exec and kubectl exec reach a daemon. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { Duplex } from "node:stream";
import { stripControl } from "../base/text.ts";

const errorTailBytes = 4096;
const killDelayMs = 2000;

/** The program could not be started or ended before the stream did. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  readonly program: string;
  /** True when there is no such program. */
  readonly missing: boolean;
  /** The last lines it wrote to standard error. */
  readonly said: string;

  constructor(program: string, message: string, details: { readonly missing?: boolean; readonly said?: string }) {
    super(message);
    this.program = program;
    this.missing = details.missing ?? false;
    this.said = details.said ?? "";
  }
}

/**
 * Starts a program and returns its stream at once. A program that ends with an error destroys the stream with a CommandFailure;
 * destroying the stream ends the program (asked first, killed after two seconds).
 */
export function openCommandStream(program: string, args: readonly string[]): Duplex {
  return new CommandStream(program, spawn(program, args, { stdio: "pipe", windowsHide: true }));
}

class CommandStream extends Duplex {
  readonly #program: string;
  readonly #child: ChildProcessWithoutNullStreams;
  #said = "";
  #ended = false;

  constructor(program: string, child: ChildProcessWithoutNullStreams) {
    super({ allowHalfOpen: true });
    this.#program = program;
    this.#child = child;
    child.stdout.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) child.stdout.pause();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString("utf8")).slice(-errorTailBytes);
    });
    // Writing to a program that is gone is answered by its exit below.
    child.stdin.on("error", () => {});
    child.once("error", (error: NodeJS.ErrnoException) => {
      this.#ended = true;
      this.destroy(new CommandFailure(program, error.message, { missing: error.code === "ENOENT" }));
    });
    child.once("close", (code, signal) => this.#finish(code, signal));
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#child.stdin.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#child.stdin.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.#ended) {
      this.#child.kill();
      const killer = setTimeout(() => this.#child.kill("SIGKILL"), killDelayMs);
      this.#child.once("close", () => clearTimeout(killer));
    }
    done(error);
  }

  #finish(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#ended) return;
    this.#ended = true;
    if (code === 0) {
      this.push(null);
      return;
    }
    const how = code === null ? `was ended by ${signal}` : `ended with exit code ${code}`;
    this.destroy(
      new CommandFailure(this.#program, `${this.#program} ${how}`, { said: stripControl(this.#said).trim() }),
    );
  }
}
