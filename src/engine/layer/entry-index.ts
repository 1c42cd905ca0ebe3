/** The list of a layer's entries, as a blob: lines of JSON, each with many entries, so that neither writing nor reading needs it all at once. */
import type { Digest } from "../../oci/digest.ts";
import type { BlobWriter, EngineStore } from "../store/store.ts";
import type { TreeEntry } from "../tree/entry.ts";
import { Pace } from "./pace.ts";

type Shared = readonly [path: string, mode: number, uid: number, gid: number, seconds: number, nanoseconds: number];

/** An entry as it is written. The capability is in base64, empty for none. */
export type IndexRow =
  | readonly ["f", ...Shared, capability: string, offset: number, size: number, sha256: string]
  | readonly ["d", ...Shared, capability: string, opaque: 0 | 1]
  | readonly ["l" | "h", ...Shared, capability: string, target: string]
  | readonly ["p" | "c" | "b", ...Shared, capability: string, major: number, minor: number]
  | readonly ["w", ...Shared, capability: string];

/** Where a file's content is in the archive. */
export interface ContentPlace {
  readonly offset: number;
  readonly sha256: string;
}

const rowsPerLine = 500;

export class EntryIndexWriter {
  readonly #writer: BlobWriter;
  #rows: IndexRow[] = [];
  #written: Promise<void> = Promise.resolve();

  private constructor(writer: BlobWriter) {
    this.#writer = writer;
  }

  static async create(store: EngineStore): Promise<EntryIndexWriter> {
    return new EntryIndexWriter(await store.blobs.create());
  }

  add(entry: TreeEntry, place?: ContentPlace): void {
    this.#rows.push(rowOf(entry, place));
    if (this.#rows.length >= rowsPerLine) this.#flush();
  }

  async finish(): Promise<Digest> {
    this.#flush();
    await this.#written;
    return (await this.#writer.commit()).digest;
  }

  async discard(): Promise<void> {
    await this.#written.catch(() => {});
    await this.#writer.discard();
  }

  #flush(): void {
    if (this.#rows.length === 0) return;
    const line = Buffer.from(`${JSON.stringify(this.#rows)}\n`);
    this.#rows = [];
    const before = this.#written;
    const written = Promise.resolve(this.#writer.write(line));
    this.#written = before.then(() => written);
    this.#written.catch(() => {});
  }
}

export interface LoadIndexOptions {
  readonly store: EngineStore;
  /** Of the layer. */
  readonly diffId: Digest;
  readonly signal: AbortSignal;
}

/** Undefined when it is not there any more. */
export async function loadEntryIndex(
  index: Digest,
  { store, diffId, signal }: LoadIndexOptions,
): Promise<readonly TreeEntry[] | undefined> {
  const bytes = await store.blobs.read(index);
  if (!bytes) return undefined;
  const pace = new Pace(signal);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const entries: TreeEntry[] = [];
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf(10, start);
    const rows: unknown = JSON.parse(text.toString("utf8", start, end));
    if (!isRows(rows)) return undefined;
    for (const row of rows) entries.push(entryOf(row, diffId));
    start = end + 1;
    if (pace.over) await pace.rest();
  }
  return entries;
}

/** The blob was verified by its digest: it is as we wrote it. */
function isRows(value: unknown): value is readonly IndexRow[] {
  return Array.isArray(value) && value.every((row) => Array.isArray(row) && row.length >= 8);
}

function rowOf(entry: TreeEntry, place: ContentPlace | undefined): IndexRow {
  const { path, mode, uid, gid, seconds, nanoseconds } = entry;
  const shared: Shared = [path, mode, uid, gid, seconds, nanoseconds];
  const capability = entry.capability ? Buffer.from(entry.capability).toString("base64") : "";
  switch (entry.type) {
    case "file":
      return ["f", ...shared, capability, place?.offset ?? 0, entry.content.size, place?.sha256 ?? ""];
    case "folder":
      return ["d", ...shared, capability, entry.opaque ? 1 : 0];
    case "symlink":
      return ["l", ...shared, capability, entry.target];
    case "hardlink":
      return ["h", ...shared, capability, entry.target];
    case "fifo":
      return ["p", ...shared, capability, entry.major, entry.minor];
    case "character":
      return ["c", ...shared, capability, entry.major, entry.minor];
    case "block":
      return ["b", ...shared, capability, entry.major, entry.minor];
    case "whiteout":
      return ["w", ...shared, capability];
  }
}

function entryOf(row: IndexRow, diffId: Digest): TreeEntry {
  const [, path, mode, uid, gid, seconds, nanoseconds, encoded] = row;
  const attributes = { path, mode, uid, gid, seconds, nanoseconds };
  const shared = encoded === "" ? attributes : { ...attributes, capability: Buffer.from(encoded, "base64") };
  switch (row[0]) {
    case "f": {
      const content = { kind: "layer", diffId, offset: row[8], size: row[9], sha256: row[10] } as const;
      return { ...shared, type: "file", content };
    }
    case "d":
      return row[8] === 1 ? { ...shared, type: "folder", opaque: true } : { ...shared, type: "folder" };
    case "l":
      return { ...shared, type: "symlink", target: row[8] };
    case "h":
      return { ...shared, type: "hardlink", target: row[8] };
    case "p":
      return { ...shared, type: "fifo", major: row[8], minor: row[9] };
    case "c":
      return { ...shared, type: "character", major: row[8], minor: row[9] };
    case "b":
      return { ...shared, type: "block", major: row[8], minor: row[9] };
    case "w":
      return { ...shared, type: "whiteout" };
  }
}
