/** A reading position in the text of a pattern, by code points. */
export class PatternCursor {
  readonly text: string;
  #at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get offset(): number {
    return this.#at;
  }

  get atEnd(): boolean {
    return this.#at >= this.text.length;
  }

  /** The code point that comes next, -1 at the end. */
  peek(): number {
    return this.text.codePointAt(this.#at) ?? -1;
  }

  /** Takes the next code point; -1 at the end. */
  next(): number {
    const codePoint = this.peek();
    if (codePoint >= 0) this.#at += codePoint > 0xffff ? 2 : 1;
    return codePoint;
  }

  startsWith(text: string): boolean {
    return this.text.startsWith(text, this.#at);
  }

  /** Takes `text` if it comes next. */
  takes(text: string): boolean {
    if (!this.startsWith(text)) return false;
    this.#at += text.length;
    return true;
  }

  /** Takes what a sticky expression matches here. */
  match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.text);
    if (found === null) return undefined;
    this.#at += found[0].length;
    return found;
  }

  /** What was read since `start`. */
  since(start: number): string {
    return this.text.slice(start, this.#at);
  }
}
