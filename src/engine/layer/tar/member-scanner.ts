/** Takes a tar archive apart as its bytes come, whatever the pieces they come in. */
import { blockSize, paddingOf } from "./go-tar.ts";
import { ArchiveProblem, decodeText, extended, type MemberHeader, parseHeader, parseRecords } from "./member.ts";

/** What is found, in order. Bytes are lent: they are somebody else's after the call. */
export interface MemberVisitor {
  /** `blocks` are the headers as they are in the archive, extended ones included; the content begins at `offset` of the archive. */
  readonly begin: (header: MemberHeader, blocks: Buffer, offset: number) => void;
  readonly content: (bytes: Buffer) => void;
  readonly end: (padding: Buffer) => void;
  /** Everything from the first empty block on. */
  readonly trailer?: (bytes: Buffer) => void;
}

/** Extended headers of one member together; a real path has at most a few thousand bytes. */
const maximumExtension = 128 * 1024 - 2 * blockSize;

const emptyExtension: ReadonlyMap<string, Buffer> = new Map();

type State = "header" | "extension" | "content" | "padding" | "trailer";

/** Feed it with `push`, then `finish`. Both throw an ArchiveProblem. */
export class MemberScanner {
  readonly #visitor: MemberVisitor;
  #state: State = "header";
  /** What came of the thing under way, where it does not come in one piece. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** What is still missing of it. */
  #missing = blockSize;
  #position = 0;
  #blocks: Buffer[] = [];
  #blockBytes = 0;
  #records: ReadonlyMap<string, Buffer> = emptyExtension;
  #longName: string | undefined;
  #longLink: string | undefined;
  #extension: MemberHeader | undefined;
  #padding = 0;
  #name = "";

  constructor(visitor: MemberVisitor) {
    this.#visitor = visitor;
  }

  push(bytes: Uint8Array): void {
    let rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    while (rest.length > 0) {
      if (this.#state === "trailer") {
        this.#visitor.trailer?.(rest);
        return;
      }
      const part = rest.subarray(0, this.#missing);
      rest = rest.subarray(part.length);
      this.#position += part.length;
      this.#missing -= part.length;
      if (this.#state === "content") this.#visitor.content(part);
      else this.#hold(part);
      if (this.#missing === 0) this.#advance();
    }
  }

  /** The archive ends here. An end without empty blocks is one too, but not in the middle of something. */
  finish(): void {
    if (this.#state === "trailer") return;
    if (this.#state !== "header" || this.#heldBytes > 0 || this.#blockBytes > 0)
      throw new ArchiveProblem(
        this.#name === "" ? "it is cut short" : `it is cut short in ${JSON.stringify(this.#name)}`,
      );
  }

  #hold(part: Buffer): void {
    this.#held.push(part);
    this.#heldBytes += part.length;
    // What is kept for the next push must not be overwritten by it.
    if (this.#missing > 0) this.#held[this.#held.length - 1] = Buffer.from(part);
  }

  #taken(): Buffer {
    const [first] = this.#held;
    const bytes = this.#held.length === 1 && first ? first : Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    return bytes;
  }

  #advance(): void {
    switch (this.#state) {
      case "header":
        this.#header(this.#taken());
        break;
      case "extension":
        this.#extended(this.#taken());
        break;
      case "content":
        this.#expect("padding", this.#padding);
        break;
      case "padding":
        this.#visitor.end(this.#taken());
        this.#expect("header", blockSize);
        break;
      case "trailer":
        break;
    }
  }

  /** The next state; one that needs no bytes is over at once. */
  #expect(state: State, bytes: number): void {
    this.#state = state;
    this.#missing = bytes;
    if (bytes === 0) this.#advance();
  }

  #header(block: Buffer): void {
    if (isEmpty(block)) {
      if (this.#blockBytes > 0) throw new ArchiveProblem("an extended header has nothing to extend");
      this.#state = "trailer";
      this.#visitor.trailer?.(block);
      return;
    }
    const header = parseHeader(block);
    this.#keep(block);
    if (header.size < 0) throw new ArchiveProblem(`${JSON.stringify(header.name)} has a negative size`);
    if ("xgLKV".includes(header.type)) {
      if (header.size > maximumExtension) throw tooLong();
      this.#extension = header;
      this.#expect("extension", header.size + paddingOf(header.size));
    } else {
      this.#member(header);
    }
  }

  #extended(data: Buffer): void {
    const header = this.#extension;
    this.#keep(data);
    if (header) {
      const payload = data.subarray(0, header.size);
      if (header.type === "x") this.#records = new Map([...parseRecords(Buffer.from(payload))]);
      else if (header.type === "L") this.#longName = decodeText(payload);
      else if (header.type === "K") this.#longLink = decodeText(payload);
    }
    this.#expect("header", blockSize);
  }

  #member(plain: MemberHeader): void {
    const named = {
      ...plain,
      ...(this.#longName === undefined ? {} : { name: this.#longName }),
      ...(this.#longLink === undefined ? {} : { link: this.#longLink }),
    };
    const header = withoutContent(extended(named, this.#records));
    this.#name = header.name;
    const blocks = Buffer.concat(this.#blocks);
    this.#blocks = [];
    this.#blockBytes = 0;
    this.#records = emptyExtension;
    this.#longName = undefined;
    this.#longLink = undefined;
    if (header.size < 0) throw new ArchiveProblem(`${JSON.stringify(header.name)} has a negative size`);
    this.#padding = paddingOf(header.size);
    this.#visitor.begin(header, blocks, this.#position);
    this.#expect("content", header.size);
  }

  #keep(block: Buffer): void {
    this.#blockBytes += block.length;
    if (this.#blockBytes > maximumExtension + blockSize) throw tooLong();
    // Lent, and there may be another push before the member begins.
    this.#blocks.push(Buffer.from(block));
  }
}

/** Only files are followed by bytes of theirs, whatever the size of the others says. */
function withoutContent(header: MemberHeader): MemberHeader {
  return header.size !== 0 && "123456".includes(header.type) ? { ...header, size: 0 } : header;
}

function isEmpty(block: Buffer): boolean {
  for (const byte of block) if (byte !== 0) return false;
  return true;
}

function tooLong(): ArchiveProblem {
  return new ArchiveProblem("an extended header is longer than any name");
}
