/**
 * The hashes of files by what `lstat` says of them, in the form they are kept in: loading is reading, and of what is not asked nothing is made.
 *
 *     header, 64 bytes   magic 8, byte order u32, entries u32, sum of the entries 32 (sha256), unused 16
 *     entry, 80 bytes    inode u64, device u64, mtime ns i64, ctime ns i64, size f64, sha256 32, day of the last use u32, unused 4
 */
import { createHash } from "node:crypto";
import type { DiskContent } from "../tree/entry.ts";

const magic = "tsbhash1";
const byteOrder = 0x01020304;
const headerBytes = 64;
const entryBytes = 80;
const entryWords = entryBytes / 4;
/** In words: what tells a file, what tells a state of it, its hash, the day. */
const fileWords = 4;
const stateWords = 10;
const dayWord = 18;

export class HashTable {
  #bytes: Buffer;
  #words: Uint32Array;
  #count: number;
  /** Hashes that were asked for, as text. */
  readonly #texts: (string | undefined)[] = [];
  /** Places in `#words` divided by the size of an entry, plus one; 0 is empty. Open addressing by file. */
  #index: Uint32Array;

  private constructor(bytes: Buffer, count: number) {
    this.#bytes = bytes;
    this.#words = wordsOf(bytes);
    this.#count = count;
    this.#index = this.#indexed(count);
  }

  static empty(): HashTable {
    return new HashTable(ownBuffer(64 * entryBytes), 0);
  }

  /** Undefined when the file is no table, or damaged. */
  static parse(file: Buffer): HashTable | undefined {
    if (file.length < headerBytes || file.toString("latin1", 0, 8) !== magic) return undefined;
    const count = wordsOf(ownCopy(file.subarray(8, 16)));
    const entries = file.subarray(headerBytes);
    if (count[0] !== byteOrder || entries.length !== (count[1] ?? -1) * entryBytes) return undefined;
    if (!sumOf(entries).equals(file.subarray(16, 48))) return undefined;
    return new HashTable(ownCopy(entries), count[1] ?? 0);
  }

  get size(): number {
    return this.#count;
  }

  /** Hexadecimal. A use is noted with its day; `noted` is whether that is news worth to be kept. */
  find(content: DiskContent, day: number): { readonly sha256: string; readonly noted: boolean } | undefined {
    const at = this.#placeOf(identityOf(content));
    const entry = (this.#index[at] ?? 0) - 1;
    if (entry < 0 || !this.#isState(entry)) return undefined;
    const dayAt = entry * entryWords + dayWord;
    const noted = Math.abs((this.#words[dayAt] ?? 0) - day) > notedDays;
    if (noted) this.#words[dayAt] = day;
    return { sha256: this.#textOf(entry), noted };
  }

  #textOf(entry: number): string {
    const known = this.#texts[entry];
    if (known !== undefined) return known;
    const start = entry * entryBytes + stateWords * 4;
    const text = this.#bytes.toString("hex", start, start + 32);
    this.#texts[entry] = text;
    return text;
  }

  /** In the place of what was known of the file. */
  put(content: DiskContent, sha256: string, day: number): void {
    const entry = this.#entryFor(identityOf(content));
    this.#words.set(identityWords, entry * entryWords);
    this.#bytes.write(sha256, entry * entryBytes + stateWords * 4, "hex");
    this.#words[entry * entryWords + dayWord] = day;
    this.#texts[entry] = sha256;
  }

  /** Takes over what another table knows of files that this one does not know. */
  addMissing(other: HashTable): void {
    for (let i = 0; i < other.#count; i++) {
      const words = other.#words.subarray(i * entryWords, (i + 1) * entryWords);
      identityWords.set(words.subarray(0, stateWords));
      if ((this.#index[this.#placeOf(identityWords)] ?? 0) !== 0) continue;
      this.#words.set(words, this.#entryFor(identityWords) * entryWords);
    }
  }

  /** The file to keep: without entries last used before a day, and at most so many of the youngest. */
  print(oldestDay: number, most: number): Buffer {
    const kept = this.#youngest(oldestDay, most);
    const file = ownBuffer(headerBytes + kept.length * entryBytes);
    let end = headerBytes;
    for (const entry of kept) end += this.#bytes.copy(file, end, entry * entryBytes, (entry + 1) * entryBytes);
    file.write(magic, 0, "latin1");
    wordsOf(file).set([byteOrder, kept.length], 2);
    sumOf(file.subarray(headerBytes)).copy(file, 16);
    return file;
  }

  #youngest(oldestDay: number, most: number): readonly number[] {
    const day = (entry: number): number => this.#words[entry * entryWords + dayWord] ?? 0;
    const kept = Array.from({ length: this.#count }, (_, entry) => entry).filter((entry) => day(entry) >= oldestDay);
    return kept.length <= most ? kept : kept.sort((a, b) => day(b) - day(a)).slice(0, most);
  }

  /** Where in the index a file is, or would be. */
  #placeOf(identity: Uint32Array): number {
    const mask = this.#index.length - 1;
    for (let place = hashOf(identity, 0) & mask; ; place = (place + 1) & mask) {
      const entry = (this.#index[place] ?? 0) - 1;
      if (entry < 0 || this.#isFile(entry, identity)) return place;
    }
  }

  #isFile(entry: number, identity: Uint32Array): boolean {
    const start = entry * entryWords;
    for (let i = 0; i < fileWords; i++) if (this.#words[start + i] !== identity[i]) return false;
    return true;
  }

  #isState(entry: number): boolean {
    const start = entry * entryWords;
    for (let i = fileWords; i < stateWords; i++) if (this.#words[start + i] !== identityWords[i]) return false;
    return true;
  }

  /** The entry of a file, added when there is none. */
  #entryFor(identity: Uint32Array): number {
    const place = this.#placeOf(identity);
    const known = (this.#index[place] ?? 0) - 1;
    if (known >= 0) return known;
    this.#index[place] = ++this.#count;
    const entry = this.#count - 1;
    if (this.#bytes.length < this.#count * entryBytes) this.#growBytes();
    this.#words.set(identity.subarray(0, stateWords), entry * entryWords);
    if (this.#count * 2 > this.#index.length) this.#index = this.#indexed(this.#count);
    return entry;
  }

  #growBytes(): void {
    const bytes = ownBuffer(this.#bytes.length * 2);
    this.#bytes.copy(bytes);
    this.#bytes = bytes;
    this.#words = wordsOf(bytes);
  }

  #indexed(count: number): Uint32Array {
    let length = 128;
    while (length < count * 3) length *= 2;
    const index = new Uint32Array(length);
    for (let entry = 0; entry < count; entry++) {
      let place = hashOf(this.#words, entry * entryWords) & (length - 1);
      while (index[place] !== 0) place = (place + 1) & (length - 1);
      index[place] = entry + 1;
    }
    return index;
  }
}

/** Days that a use may be old before it is noted again. */
const notedDays = 7;

/** Where the identity in question is laid out, one at a time: files are many. */
const identityBuffer = new ArrayBuffer(stateWords * 4);
const identityWords = new Uint32Array(identityBuffer);
const identityIntegers = new BigInt64Array(identityBuffer);
const identityNumbers = new Float64Array(identityBuffer);

function identityOf({ fingerprint, size }: DiskContent): Uint32Array {
  identityIntegers[0] = fingerprint.inode;
  identityIntegers[1] = fingerprint.device;
  identityIntegers[2] = fingerprint.mtimeNs;
  identityIntegers[3] = fingerprint.ctimeNs;
  identityNumbers[4] = size;
  return identityWords;
}

/** Spreads inodes, which come in rows, over the index. */
function hashOf(words: Uint32Array, start: number): number {
  const [low, high, device] = [words[start] ?? 0, words[start + 1] ?? 0, words[start + 2] ?? 0];
  let hash = low ^ Math.imul(high, 0x85ebca6b) ^ Math.imul(device, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Not of Node's pool: words begin where memory does. */
function ownBuffer(length: number): Buffer {
  return Buffer.from(new ArrayBuffer(length));
}

function ownCopy(bytes: Buffer): Buffer {
  const copy = ownBuffer(bytes.length);
  bytes.copy(copy);
  return copy;
}

function wordsOf(bytes: Buffer): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
}

function sumOf(entries: Buffer): Buffer {
  return createHash("sha256").update(entries).digest();
}
