/**
 * Pipes for what commands print. Node gives children sockets, and a socket cannot be opened again: `echo > /dev/stderr` would fail. So these
 * are FIFOs, of which nothing is left on disk once they are open.
 */
import { execFile } from "node:child_process";
import { closeSync, constants, fchownSync, openSync, unlinkSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";

export interface OutputPipe {
  /** To be handed to a child, and closed here then. */
  readonly writeEnd: number;
  /** What comes out; ended when nobody writes any more. */
  readonly readEnd: Socket;
}

const batch = 16;

/** Makes pipes, several at once: each costs a process otherwise. */
export class OutputPipes {
  readonly #mkfifo: string;
  readonly #newFolder: () => Promise<string>;
  #ready: string[] = [];
  #making: Promise<void> | undefined;
  #folder: Promise<string> | undefined;
  #made = 0;

  /** `newFolder`: a folder for this process alone. */
  constructor(mkfifo: string, newFolder: () => Promise<string>) {
    this.#mkfifo = mkfifo;
    this.#newFolder = newFolder;
  }

  async create(): Promise<OutputPipe> {
    for (;;) {
      const path = this.#ready.pop();
      if (path !== undefined) return open(path);
      this.#making ??= this.#make().finally(() => {
        this.#making = undefined;
      });
      await this.#making;
    }
  }

  async #make(): Promise<void> {
    this.#folder ??= this.#newFolder();
    const folder = await this.#folder;
    const paths = Array.from({ length: batch }, () => join(folder, String(++this.#made)));
    await promisify(execFile)(this.#mkfifo, ["-m", "600", ...paths]);
    this.#ready = paths;
  }
}

/** A command that runs as somebody may open its output again by `/dev/stdout`, so it is theirs. */
export function giveAway(pipe: OutputPipe, uid: number, gid: number): void {
  fchownSync(pipe.writeEnd, uid, gid);
}

function open(path: string): OutputPipe {
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const writeEnd = openSync(path, constants.O_WRONLY);
    unlinkSync(path);
    return { writeEnd, readEnd: new Socket({ fd: reader, readable: true, writable: false }) };
  } catch (error) {
    closeSync(reader);
    throw error;
  }
}
