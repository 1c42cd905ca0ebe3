/** The output of a command without the secrets it was given. */
import { Buffer } from "node:buffer";
import type { Redaction } from "../base/redaction.ts";

type Stream = "stdout" | "stderr";

/** A line longer than this is passed on in pieces. */
const longestLine = 64 << 10;

/** Once there are secrets, output is held back to the end of its line: a secret may come in two pieces. */
export class OutputMask {
  readonly #redaction: Redaction;
  readonly #held = new Map<Stream, Buffer>();

  constructor(redaction: Redaction) {
    this.#redaction = redaction;
  }

  /** What may be shown by now; undefined for nothing. */
  take(stream: Stream, data: Uint8Array): Uint8Array | undefined {
    if (!this.#redaction.hasSecrets) return data;
    const all = Buffer.concat([this.#held.get(stream) ?? Buffer.alloc(0), data]);
    const end = all.length > longestLine ? all.length : all.lastIndexOf(0x0a) + 1;
    this.#held.set(stream, all.subarray(end));
    return end === 0 ? undefined : this.#hide(all.subarray(0, end));
  }

  /** What was held back, when there will be no more. */
  rest(): readonly { readonly stream: Stream; readonly data: Uint8Array }[] {
    const rest = [...this.#held].filter(([, data]) => data.length > 0);
    this.#held.clear();
    return rest.map(([stream, data]) => ({ stream, data: this.#hide(data) }));
  }

  /** Bytes that are no text come through as they are where they hold no secret. */
  #hide(data: Buffer): Uint8Array {
    const text = data.toString("latin1");
    const hidden = this.#redaction.hide(text, "latin1");
    return hidden === text ? data : Buffer.from(hidden, "latin1");
  }
}
