/**
 * A context that comes by standard input: an archive, or a Dockerfile that needs no context. There is one such stream a process and it
 * can be read once, so what comes is kept in a file, for every build of every run that asks, until the process ends.
 */
import { createWriteStream, rmSync } from "node:fs";
import { mkdir, mkdtemp, open, readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pipeline } from "node:stream/promises";
import { messageOf } from "../../base/errors.ts";
import { untilAborted } from "../../base/shared-task.ts";
import type { Target } from "../../plan/plan.ts";
import { BuildFailure } from "../ports.ts";
import { isArchive } from "./is-archive.ts";
import { standardContext } from "./target-inputs.ts";

export type StandardInput =
  /** Absolute; immutable. */
  | { readonly kind: "archive"; readonly file: string; readonly sizeBytes: number }
  | {
      readonly kind: "dockerfile";
      readonly text: string;
      /** Absolute: a folder with nothing in it. */
      readonly emptyFolder: string;
    };

const largestDockerfileBytes = 2 << 20;

interface Reading {
  readonly input: Promise<StandardInput>;
  readonly controller: AbortController;
  waiters: number;
  done: boolean;
}

let reading: Reading | undefined;

/** Rejects with a BuildFailure when there is nothing to be had, with the signal's reason; the stream is given up when nobody waits. */
export async function readStandardInput(signal: AbortSignal): Promise<StandardInput> {
  signal.throwIfAborted();
  reading ??= startReading();
  const current = reading;
  current.waiters++;
  try {
    return await untilAborted(current.input, signal);
  } finally {
    current.waiters--;
    if (current.waiters === 0 && !current.done) current.controller.abort(new Error("nobody waits for standard input"));
  }
}

/** A target whose Dockerfile comes by standard input has it inline, and a context with nothing in it; others are returned as they are. */
export async function withStandardInput(target: Target, signal: AbortSignal): Promise<Target> {
  if (target.context !== standardContext) return target;
  const input = await readStandardInput(signal);
  if (input.kind === "archive") return target;
  if (target.dockerfileInline === undefined && target.dockerfile === "Dockerfile") {
    return { ...target, context: input.emptyFolder, dockerfileInline: input.text };
  }
  throw failure(
    `target ${JSON.stringify(target.name)} has a Dockerfile, and standard input is another one`,
    "pipe an archive of the context into it, or leave out dockerfile and dockerfile-inline",
  );
}

function startReading(): Reading {
  const controller = new AbortController();
  const started: Reading = { input: receive(controller.signal), controller, waiters: 0, done: false };
  const note = (): void => {
    started.done = true;
  };
  started.input.then(note, note);
  return started;
}

async function receive(signal: AbortSignal): Promise<StandardInput> {
  const { stdin } = process;
  if (stdin.isTTY === true) {
    throw failure("the context is to come by standard input, which is a terminal", "pipe it in: tar c . | tsbake …");
  }
  const folder = await mkdtemp(join(tmpdir(), "tsbake-stdin-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "input");
  try {
    await pipeline(stdin, createWriteStream(file, { flags: "wx", mode: 0o600 }), { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw failure(
      `standard input cannot be kept: ${messageOf(error)}`,
      `see whether there is room in ${tmpdir()}`,
      error,
    );
  }
  return recognise(file, folder);
}

async function recognise(file: string, folder: string): Promise<StandardInput> {
  const { size } = await stat(file);
  if (size === 0) {
    const hint = "pipe an archive or a Dockerfile into it; a build file that is read from it (-f -) leaves nothing";
    throw failure("the context is to come by standard input, which is empty", hint);
  }
  if (isArchive(await firstBytes(file))) return { kind: "archive", file, sizeBytes: size };
  if (size > largestDockerfileBytes) {
    const hint = "pipe in a tar archive, which may be compressed with gzip, bzip2, xz or zstd";
    throw failure("standard input is no archive, and too large for a Dockerfile", hint);
  }
  const emptyFolder = join(folder, "empty");
  await mkdir(emptyFolder);
  return { kind: "dockerfile", text: await readFile(file, "utf8"), emptyFolder };
}

async function firstBytes(file: string): Promise<Uint8Array> {
  const handle = await open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(512), 0, 512, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function failure(message: string, hint: string, cause?: unknown): BuildFailure {
  return new BuildFailure("build/standard-input", message, { hint, cause });
}
