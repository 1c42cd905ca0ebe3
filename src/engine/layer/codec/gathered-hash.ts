/** A sha256 that is fed in many small pieces: asking for each of them costs more than hashing it. */
import { createHash, type Hash } from "node:crypto";

const gatheredBytes = 64 * 1024;

export class GatheredHash {
  readonly #gathered: Buffer = Buffer.allocUnsafeSlow(gatheredBytes);
  #used = 0;
  #hash: Hash = createHash("sha256");

  add(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    if (bytes.length > gatheredBytes) {
      this.#hash.update(bytes);
      return;
    }
    this.#gathered.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** Short, and of the first 256 characters. */
  addText(text: string): void {
    this.#makeRoom(text.length);
    this.#used += this.#gathered.write(text, this.#used, "latin1");
  }

  /** Hexadecimal; what is added next is another one's. */
  digest(): string {
    const digest = this.#hash.update(this.#gathered.subarray(0, this.#used)).digest("hex");
    this.#hash = createHash("sha256");
    this.#used = 0;
    return digest;
  }

  #makeRoom(bytes: number): void {
    if (this.#used + bytes <= gatheredBytes) return;
    this.#hash.update(this.#gathered.subarray(0, this.#used));
    this.#used = 0;
  }
}
