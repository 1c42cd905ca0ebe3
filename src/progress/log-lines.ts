/** The output of a step, which arrives in arbitrary pieces of bytes, as lines of text. */
import { stripControl } from "../base/text.ts";

type StreamName = "stdout" | "stderr";

/** A line without an end is cut here, so that a program that never ends its line costs no memory. */
const longestLine = 16 * 1024;

export class LogLines {
  readonly #most: number;
  readonly #lines: string[] = [];
  readonly #open = new Map<StreamName, { text: string; readonly decoder: InstanceType<typeof TextDecoder> }>();

  /** Keeps the last `most` lines. */
  constructor(most: number) {
    this.#most = most;
  }

  /** The last lines, an unfinished one included. */
  get last(): readonly string[] {
    const unfinished = [...this.#open.values()].map(({ text }) => shown(text)).filter((text) => text !== "");
    return [...this.#lines, ...unfinished].slice(-this.#most);
  }

  /** Takes a piece of output and gives back the lines it completed, control characters removed. */
  push(stream: StreamName, data: Uint8Array): readonly string[] {
    const open = this.#open.get(stream) ?? { text: "", decoder: new TextDecoder() };
    this.#open.set(stream, open);
    const pieces = (open.text + open.decoder.decode(data, { stream: true })).split("\n");
    open.text = pieces.pop() ?? "";
    if (open.text.length > longestLine) {
      pieces.push(open.text);
      open.text = "";
    }
    return this.#keep(pieces.map(shown));
  }

  /** Completes what is unfinished, at the end of the step. */
  flush(): readonly string[] {
    const rest = [...this.#open.values()].map(({ text }) => shown(text)).filter((text) => text !== "");
    this.#open.clear();
    return this.#keep(rest);
  }

  #keep(lines: readonly string[]): readonly string[] {
    this.#lines.push(...lines);
    if (this.#lines.length > this.#most) this.#lines.splice(0, this.#lines.length - this.#most);
    return lines;
  }
}

/** Of a line redrawn with carriage returns (a progress bar) only the last state counts. */
function shown(line: string): string {
  const whole = line.endsWith("\r") ? line.slice(0, -1) : line;
  return stripControl(whole.slice(whole.lastIndexOf("\r") + 1));
}
