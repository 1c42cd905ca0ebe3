/** The members of an archive as an estargz blob: a gzip member for every piece of content, so that each can be fetched by itself. */
import { createHash, type Hash } from "node:crypto";
import type { BlobWriter } from "../../store/store.ts";
import { Pace } from "../pace.ts";
import { encodeHeader, paddingOf } from "../tar/go-tar.ts";
import type { MemberHeader } from "../tar/member.ts";
import type { MemberVisitor } from "../tar/member-scanner.ts";
import { BufferPool, type ChunkBuffer } from "./chunk-assembler.ts";
import { type CodecSpan, CodecWorkers } from "./codec-workers.ts";
import { crc32 } from "./crc32.ts";
import { OrderedWriter } from "./ordered-writer.ts";
import { sha256Hex } from "./sha256.ts";
import {
  gzipMember,
  renderToc,
  type TocEntry,
  tocAnnotations,
  tocEntry,
  tocFooter,
  tocMember,
  tocName,
} from "./toc.ts";

/** Content of a large file is cut into pieces of this size: the format's own default. */
const pieceBytes = 4 * 1024 * 1024;
/** Small members travel to the threads together. */
const batchBytes = 1024 * 1024;

/** Tells readers that no file is worth fetching ahead of the others. */
const landmark = ".no.prefetch.landmark";

export interface EstargzResult {
  readonly diffId: `sha256:${string}`;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A stretch of the archive that becomes a gzip member; the entries whose content it begins with learn where that is. */
interface Span extends CodecSpan {
  readonly entries: readonly TocEntry[];
}

/** The file that is added, and what is in the table of it. */
interface FileUnderWay {
  readonly entry: TocEntry;
  /** Undefined for one of a single piece: its digest is that of the piece. */
  readonly hash: Hash | undefined;
  done: number;
}

interface PieceUnderWay {
  readonly entry: TocEntry;
  /** Undefined until it turns out that the piece does not come at once, as most do. */
  hash: Hash | undefined;
  left: number;
}

function fileUnderWay(entry: TocEntry): FileUnderWay {
  return { entry, hash: (entry.size ?? 0) > pieceBytes ? createHash("sha256") : undefined, done: 0 };
}

export class EstargzBuilder implements MemberVisitor {
  readonly #writer: BlobWriter;
  readonly #level: number;
  readonly #workers: CodecWorkers;
  readonly #ordered: OrderedWriter;
  readonly #pool = new BufferPool(pieceBytes + 256 * 1024);
  readonly #toc: TocEntry[] = [];
  /** Of the archive that the blob unpacks to. */
  readonly #hash: Hash = createHash("sha256");
  #size = 0;
  #position = 0;
  #batch: ChunkBuffer;
  #length = 0;
  #spans: Span[] = [];
  #spanStart = 0;
  #begun: TocEntry[] = [];
  #file: FileUnderWay | undefined;
  #piece: PieceUnderWay | undefined;
  #skipping = false;

  constructor(writer: BlobWriter, level: number) {
    this.#writer = writer;
    this.#level = level;
    this.#workers = CodecWorkers.open("gzip-members", level);
    this.#ordered = new OrderedWriter(writer, this.#workers.count + 1);
    this.#batch = this.#pool.take();
    this.#addLandmark();
  }

  begin = (header: MemberHeader, blocks: Buffer): void => {
    // A layer that came as estargz: its table is of another blob.
    this.#skipping = header.name === tocName || header.name === landmark;
    if (this.#skipping) return;
    this.#append(blocks);
    const entry = tocEntry(header);
    if (!entry) return;
    this.#toc.push(entry);
    if (header.size > 0) this.#file = fileUnderWay(entry);
  };

  content = (bytes: Buffer): void => {
    if (this.#skipping) return;
    for (let done = 0; done < bytes.length; ) {
      const piece = this.#openPiece();
      const part = piece ? bytes.subarray(done, done + piece.left) : bytes.subarray(done);
      this.#append(part);
      done += part.length;
      if (piece) this.#fill(piece, part);
    }
  };

  end = (padding: Buffer): void => {
    if (this.#skipping) return;
    if (this.#file) {
      const { entry, hash } = this.#file;
      entry.digest = hash ? `sha256:${hash.digest("hex")}` : entry.chunkDigest;
    }
    this.#file = undefined;
    this.#append(padding);
  };

  /** Resolves when more may be added. */
  async ready(): Promise<void> {
    if (this.#ordered.busy) await this.#ordered.drain();
  }

  /** Everything was added: writes the table and the footer. The blob is then ready to be committed. */
  async finish(signal: AbortSignal): Promise<EstargzResult> {
    this.#flush();
    await this.#ordered.finish();
    const toc = await renderToc(this.#toc, new Pace(signal));
    const member = tocMember(toc);
    const digest = createHash("sha256");
    for (const piece of toc) digest.update(piece);
    for (const piece of member) {
      this.#hash.update(piece);
      this.#size += piece.length;
    }
    for await (const bytes of gzipMember(member, this.#level)) await this.#writer.write(bytes);
    await this.#writer.write(tocFooter(this.#position));
    await this.#workers.close();
    return {
      diffId: `sha256:${this.#hash.digest("hex")}`,
      annotations: {
        [tocAnnotations.digest]: `sha256:${digest.digest("hex")}`,
        [tocAnnotations.size]: String(this.#size),
      },
    };
  }

  /** Nothing runs any more; never throws. */
  async abandon(): Promise<void> {
    await this.#workers.close();
    await this.#ordered.settle();
  }

  #addLandmark(): void {
    const entry: TocEntry = { name: landmark, type: "reg", size: 1 };
    this.#toc.push(entry);
    this.#append(encodeHeader({ name: landmark, type: "0", mode: 0, uid: 0, gid: 0, size: 1, seconds: 0 }));
    this.#file = fileUnderWay(entry);
    this.content(Buffer.of(0x0f));
    this.end(Buffer.alloc(paddingOf(1)));
  }

  /** The piece of the file that the next byte belongs to; undefined for what is in no table. */
  #openPiece(): PieceUnderWay | undefined {
    if (this.#piece || !this.#file) return this.#piece;
    const { entry: file, done } = this.#file;
    const left = Math.min(pieceBytes, (file.size ?? 0) - done);
    const sized = left === pieceBytes ? { chunkSize: left } : {};
    const entry: TocEntry =
      done === 0 ? Object.assign(file, sized) : { name: file.name, type: "chunk", chunkOffset: done, ...sized };
    if (done > 0) this.#toc.push(entry);
    this.#startMember(left);
    this.#begun.push(entry);
    this.#piece = { entry, hash: undefined, left };
    return this.#piece;
  }

  #fill(piece: PieceUnderWay, part: Buffer): void {
    const whole = piece.hash === undefined && part.length === piece.left;
    if (!whole) {
      piece.hash ??= createHash("sha256");
      piece.hash.update(part);
    }
    piece.left -= part.length;
    if (this.#file) {
      this.#file.hash?.update(part);
      this.#file.done += part.length;
    }
    if (piece.left > 0) return;
    piece.entry.chunkDigest = `sha256:${piece.hash?.digest("hex") ?? sha256Hex(part)}`;
    this.#piece = undefined;
  }

  #startMember(expected: number): void {
    this.#endSpan();
    if (this.#length >= batchBytes || this.#length + expected > this.#batch.length) this.#flush();
  }

  /** Headers of a thousand links in a row are a member of their own, where they do not fit. */
  #append(bytes: Uint8Array): void {
    this.#size += bytes.length;
    for (let done = 0; done < bytes.length; ) {
      if (this.#length === this.#batch.length) this.#flush();
      const part = bytes.subarray(done, done + this.#batch.length - this.#length);
      this.#batch.set(part, this.#length);
      this.#length += part.length;
      done += part.length;
    }
  }

  #endSpan(): void {
    if (this.#length === this.#spanStart) return;
    const crc = crc32(this.#batch.subarray(this.#spanStart, this.#length));
    this.#spans.push({ start: this.#spanStart, end: this.#length, crc, entries: this.#begun });
    this.#spanStart = this.#length;
    this.#begun = [];
  }

  #flush(): void {
    this.#endSpan();
    if (this.#spans.length === 0) return;
    this.#hash.update(this.#batch.subarray(0, this.#length));
    const spans = this.#spans;
    const members = this.#workers.run(this.#batch, spans).then(({ input, output, ends }) => {
      this.#pool.give(input);
      return { bytes: output, ends };
    });
    this.#ordered.add(members, { turn: ({ bytes, ends }) => this.#locate(spans, ends, bytes.length) });
    this.#batch = this.#pool.take();
    this.#spans = [];
    this.#length = 0;
    this.#spanStart = 0;
  }

  /** The members are written next, one after the other. */
  #locate(spans: readonly Span[], ends: readonly number[], bytes: number): void {
    spans.forEach(({ entries }, index) => {
      for (const entry of entries) entry.offset = this.#position + (ends[index - 1] ?? 0);
    });
    this.#position += bytes;
  }
}
