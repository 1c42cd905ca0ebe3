/** Keeps what must not be shown out of texts that come back from a daemon. */
import { stripControl } from "./text.ts";

/** Shorter secrets would turn every other word into stars. */
const shortestSecret = 4;
const longestText = 64 << 10;
// Bounded everywhere: the text may be a daemon's joke on regular expressions.
const userInfo = /([a-z0-9+.-]{1,20}:\/\/)[^\s/@:]{0,255}:[^\s/@]{1,4096}@/gi;

export class Redaction {
  readonly #secrets = new Set<string>();

  /** Remembers a secret's value: it, and each of its lines, is replaced from now on. */
  add(value: string): void {
    for (const part of [value.trim(), ...value.split("\n").map((line) => line.trim())]) {
      if (part.length >= shortestSecret && part.length < longestText) this.#secrets.add(part);
    }
  }

  /** The text without control characters, without secrets and without passwords in URLs; very long texts lose their middle. */
  clean(text: string): string {
    return this.hide(stripControl(shorten(text)).replace(userInfo, "$1***@"));
  }

  /** The text without secrets, otherwise as it is. In `latin1` each character stands for a byte of UTF-8. */
  hide(text: string, encoding: "utf8" | "latin1" = "utf8"): string {
    let result = text;
    // Longest first: a line of a secret must not break up the whole of it.
    for (const secret of [...this.#secrets].sort((a, b) => b.length - a.length)) {
      const written = encoding === "utf8" ? secret : Buffer.from(secret).toString("latin1");
      if (result.includes(written)) result = result.replaceAll(written, "***");
    }
    return result;
  }

  get hasSecrets(): boolean {
    return this.#secrets.size > 0;
  }
}

function shorten(text: string): string {
  if (text.length <= longestText) return text;
  return `${text.slice(0, longestText / 2)} … ${text.slice(-longestText / 2)}`;
}
