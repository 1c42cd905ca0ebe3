/** A question with yes or no for an answer, at a terminal. */
import { createInterface } from "node:readline/promises";
import { Interrupted } from "./interrupt.ts";

export interface AskOptions {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

/**
 * True for a yes; the end of the input (Ctrl-D) is a no. Rejects with an Interrupted on Ctrl-C, with the signal's reason when it is aborted.
 */
export async function ask(question: string, { input, output, signal }: AskOptions): Promise<boolean> {
  const terminal = createInterface({ input, output, terminal: true });
  try {
    // The interface reads the keys itself, so Ctrl-C is no signal of the process; and its question would stay open for ever at Ctrl-D.
    const answer = await new Promise<string>((resolve, reject) => {
      terminal.once("SIGINT", () => reject(new Interrupted("SIGINT")));
      terminal.once("close", () => resolve("\n"));
      terminal.question(question, { signal }).then(resolve, () => reject(signal.reason));
    });
    if (answer === "\n") output.write(answer);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
