/** A block of lines at the bottom of a terminal that is redrawn in place, writing only the lines that changed. */
import type { ProgressStream } from "./renderer.ts";

const hideCursor = "\x1b[?25l";
const showCursor = "\x1b[?25h";
/** Synchronised output: terminals that know it show the frame at once, others ignore it. */
const beginFrame = "\x1b[?2026h";
const endFrame = "\x1b[?2026l";

export class Frame {
  readonly #stream: ProgressStream;
  #shown: readonly string[] = [];
  #open = false;

  constructor(stream: ProgressStream) {
    this.#stream = stream;
  }

  /** Draws the lines over the previous ones. They must fit the terminal's width and height. */
  draw(lines: readonly string[]): void {
    let text = this.#open ? "" : hideCursor;
    this.#open = true;
    if (this.#shown.length > 0) text += `\x1b[${this.#shown.length}A\r`;
    for (let i = 0; i < Math.max(lines.length, this.#shown.length); i++) {
      const line = lines[i];
      text += line === this.#shown[i] ? "\n" : `${line ?? ""}\x1b[K\n`;
    }
    const surplus = this.#shown.length - lines.length;
    if (surplus > 0) text += `\x1b[${surplus}A`;
    this.#shown = lines;
    this.#stream.write(beginFrame + text + endFrame);
  }

  /** Writes text above the block, where it stays. */
  print(text: string): void {
    const lines = this.#shown;
    this.clear();
    this.#stream.write(text.endsWith("\n") ? text : `${text}\n`);
    if (lines.length > 0) this.draw(lines);
  }

  clear(): void {
    if (this.#shown.length > 0) this.#stream.write(`\x1b[${this.#shown.length}A\r\x1b[J`);
    this.#shown = [];
  }

  /** Leaves the last lines standing and gives the cursor back. Idempotent. */
  close(): void {
    if (this.#open) this.#stream.write(showCursor);
    this.#open = false;
    this.#shown = [];
  }
}
