/** Threads that compress and take apart: for what is synchronous in Node, or too small to be worth a trip of its own. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { isRecord } from "../../../base/json-shape.ts";
import type { ChunkBuffer } from "./chunk-assembler.ts";
import { nodeZstd, zstdPackageFile } from "./zstd-library.ts";

/** A part of the input that becomes a piece of its own. */
export interface CodecSpan {
  readonly start: number;
  readonly end: number;
  /** CRC-32 of the part, where it becomes a gzip member. */
  readonly crc: number;
}

export interface CodecResult {
  /** The buffer that was handed in. */
  readonly input: ChunkBuffer;
  /** The pieces, one after the other. */
  readonly output: Uint8Array;
  /** Where each piece ends in the output. */
  readonly ends: readonly number[];
}

interface Job {
  /** False for what is no answer to it. */
  readonly resolve: (answer: Answer, input: ChunkBuffer) => boolean;
  readonly reject: (error: Error) => void;
}

type Answer = Readonly<Record<string, unknown>>;

type Codec = "zstd" | "gzip" | "gzip-members";

interface CodecWorker {
  readonly worker: Worker;
  /** Those that wait included. */
  readonly jobs: Job[];
}

/**
 * The program of a worker, as text: it stays whole however the rest is bundled, and Node 20 runs no TypeScript in a worker. Buffers change
 * hands instead of being copied.
 */
const program = `
const { parentPort, workerData } = require("node:worker_threads");
const zlib = require("node:zlib");
const { codec, level, file } = workerData;
let zstandard;
let decompressing;
function zstd(bytes) {
  if (!zstandard) {
    const { CCtx, CParameter, compressBound } = require(file);
    zstandard = { context: new CCtx(), compressBound, target: new Uint8Array(0) };
    zstandard.context.setParameter(CParameter.compressionLevel, level);
    zstandard.context.setParameter(CParameter.checksumFlag, 1);
  }
  const most = zstandard.compressBound(bytes.length);
  if (zstandard.target.length < most) zstandard.target = new Uint8Array(most);
  return [zstandard.target.subarray(0, zstandard.context.compress2(zstandard.target, bytes))];
}
function member(bytes, { crc }) {
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc, 0);
  tail.writeUInt32LE(bytes.length % 2 ** 32, 4);
  return [Buffer.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff), zlib.deflateRawSync(bytes, { level }), tail];
}
function decode(bytes, piece, length) {
  if (codec === "zstd" && file !== "") {
    decompressing ??= new (require(file).DCtx)();
    return decompressing.decompress(bytes, piece);
  }
  const options = { finishFlush: zlib.constants.Z_SYNC_FLUSH, chunkSize: length + 64, maxOutputLength: length + 64 };
  const decoded = codec === "zstd" ? zlib.zstdDecompressSync(piece) : zlib.inflateRawSync(piece, options);
  bytes.set(decoded);
  return decoded.length;
}
parentPort.on("message", ({ input, spans, piece, length: expected }) => {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.length);
  if (piece !== undefined) {
    parentPort.postMessage({ input, length: decode(bytes, piece, expected) }, [input.buffer]);
    return;
  }
  const parts = [];
  const ends = [];
  let length = 0;
  for (const span of spans) {
    for (const part of (codec === "zstd" ? zstd : member)(bytes.subarray(span.start, span.end), span)) {
      parts.push(part);
      length += part.length;
    }
    ends.push(length);
  }
  const output = new Uint8Array(length);
  length = 0;
  for (const part of parts) {
    output.set(part, length);
    length += part.length;
  }
  parentPort.postMessage({ input, output, ends }, [input.buffer, output.buffer]);
});
`;

export class CodecWorkers {
  readonly count: number;
  readonly #codec: Codec;
  readonly #level: number;
  /** Empty for what is loaded by every Node. */
  readonly #file: string;
  readonly #workers: CodecWorker[] = [];
  #failure: Error | undefined;
  #closing = false;

  private constructor(codec: Codec, level: number, file: string) {
    // Each has buffers of its own; whoever reads does not keep more than a few busy, and one takes apart all that this thread can hash.
    this.count = codec === "gzip" ? 1 : Math.max(1, Math.min(availableParallelism(), 4));
    this.#codec = codec;
    this.#level = level;
    this.#file = file;
  }

  /** Threads start when there is work for them. Throws a TsbakeError when the codec is not installed. */
  static open(codec: Codec, level: number): CodecWorkers {
    return new CodecWorkers(codec, level, codec === "zstd" && !nodeZstd ? zstdPackageFile() : "");
  }

  /** The buffer must be all there is of its ArrayBuffer; it comes back with the result. */
  run(input: ChunkBuffer, spans: readonly CodecSpan[]): Promise<CodecResult> {
    const parts = spans.map(({ start, end, crc }): CodecSpan => ({ start, end, crc }));
    return this.#send(input, { spans: parts }, ({ output, ends }, back) =>
      output instanceof Uint8Array && Array.isArray(ends) ? { input: back, output, ends: ends.map(Number) } : undefined,
    );
  }

  /** Fills the buffer, which comes back as with `run`, with the chunk that a piece was made of. Rejects when that is not of the length. */
  decode(buffer: ChunkBuffer, piece: Uint8Array, length: number): Promise<ChunkBuffer> {
    return this.#send(buffer, { piece, length }, (answer, back) => (answer.length === length ? back : undefined));
  }

  #send<T>(
    input: ChunkBuffer,
    work: { readonly spans: readonly CodecSpan[] } | { readonly piece: Uint8Array; readonly length: number },
    read: (answer: Answer, input: ChunkBuffer) => T | undefined,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      const { worker, jobs } = this.#least();
      const answered = (answer: Answer, back: ChunkBuffer): boolean => {
        const result = read(answer, back);
        if (result !== undefined) resolve(result);
        return result !== undefined;
      };
      jobs.push({ resolve: answered, reject });
      const view = new Uint8Array(input.buffer, input.byteOffset, input.length);
      worker.postMessage({ input: view, ...work }, [view.buffer]);
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all(this.#workers.map(({ worker }) => worker.terminate()));
  }

  #least(): CodecWorker {
    const least = this.#workers.reduce<CodecWorker | undefined>(
      (best, each) => (best === undefined || each.jobs.length < best.jobs.length ? each : best),
      undefined,
    );
    // A thread takes memory and a core from whoever reads: another one only where jobs begin to wait for each other.
    if (least === undefined || (least.jobs.length > 1 && this.#workers.length < this.count)) return this.#start();
    return least;
  }

  #start(): CodecWorker {
    const workerData = { codec: this.#codec, level: this.#level, file: this.#file };
    const worker = new Worker(program, {
      eval: true,
      workerData,
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    const jobs: Job[] = [];
    worker.on("message", (message: unknown) => {
      const job = jobs.shift();
      const input = isRecord(message) ? inputOf(message) : undefined;
      if (job === undefined || (isRecord(message) && input && job.resolve(message, input))) return;
      job.reject(new Error("a compressing thread answered with something else"));
    });
    worker.on("error", (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
    worker.on("exit", () => {
      if (!this.#closing) this.#fail(new Error("a compressing thread ended by itself"));
      else for (const job of jobs.splice(0)) job.reject(new Error("the compressing threads were closed"));
    });
    const started = { worker, jobs };
    this.#workers.push(started);
    return started;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { jobs } of this.#workers) for (const job of jobs.splice(0)) job.reject(error);
  }
}

function inputOf({ input }: Answer): ChunkBuffer | undefined {
  if (!(input instanceof Uint8Array) || !(input.buffer instanceof ArrayBuffer)) return undefined;
  return Buffer.from(input.buffer, input.byteOffset, input.length);
}
