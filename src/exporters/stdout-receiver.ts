/** Standard output as the destination of one archive. */
import { Writable } from "node:stream";
import type { TsbakeError } from "../base/errors.ts";
import { problems } from "./problems.ts";
import type { Receiver } from "./receiver.ts";

export interface StandardOutput {
  readonly stream: Writable;
  readonly isTerminal: boolean;
}

/** Who has standard output; one for a run. */
export class StandardOutputClaim {
  readonly #output: StandardOutput;
  #owner: string | undefined;
  #used = false;

  constructor(output: StandardOutput) {
    this.#output = output;
  }

  /** Throws a TsbakeError for a terminal, for a second build, and for a retry after bytes were written. */
  claim(build: string, type: string): Receiver {
    if (this.#output.isTerminal) throw problems.terminal(type);
    if (this.#owner !== undefined && this.#owner !== build) throw problems.stdoutTaken(this.#owner);
    if (this.#used) throw problems.stdoutHalfWritten();
    this.#owner = build;
    return standardOutputReceiver(this.#output.stream, () => {
      this.#used = true;
    });
  }
}

function standardOutputReceiver(output: Writable, onUsed: () => void): Receiver {
  let trouble: TsbakeError | undefined;
  let stream: Writable | undefined;
  // Without a listener, a reader that goes away would end the process.
  const onError = (error: Error): void => {
    trouble ??= problems.stdoutClosed(error);
    stream?.destroy(trouble);
  };
  const open = async (): Promise<Writable> => {
    onUsed();
    output.on("error", onError);
    stream = new Writable({
      // The stream itself is not ended: others may have something to say on it.
      write: (chunk: Uint8Array, _encoding, done) => void output.write(chunk, (error) => done(error)),
      destroy: (error, done) => {
        // The error of a broken pipe may be reported on the stream a moment after the write.
        setImmediate(() => output.off("error", onError));
        done(error);
      },
    });
    return stream;
  };
  return {
    sink: { kind: "stream", open },
    trouble: () => trouble,
    publish: async () => {
      if (stream?.writableFinished !== true) throw problems.incomplete("-");
    },
    discard: async () => {
      stream?.on("error", () => {});
      stream?.destroy();
    },
  };
}
