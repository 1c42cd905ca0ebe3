/** Archives for ADD: local files and downloads, told from other files by what they hold, never by their name. */
import { type FileHandle, open, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { BuildFailure } from "../../execute/ports.ts";
import { compressionOf, decompress, type PackedAs } from "../layer/decompress.ts";
import { openContent } from "../layer/open-content.ts";
import { looksLikeTar, type MemberPlace, readArchive } from "../layer/read-archive.ts";
import type { EngineStore } from "../store/store.ts";
import { storeError } from "../store/store-error.ts";
import type { FileContent, RangeContent, TreeEntry } from "../tree/entry.ts";
import type { OpenArchive } from "./request.ts";

/** A tar header, and more than enough to tell a compression by. */
const startBytes = 512;

let copies = 0;

/**
 * Opens archives of a run, compressed or not. Where content could change or is compressed, the archive is written out to the temporary
 * folder of the store first, so that the entries can be read from any place. Rejects with a BuildFailure for a damaged archive, with a
 * TsbakeError when a decompressor is missing or the store is full, with the signal's reason; nothing is left behind then.
 */
export function openArchiveFile(store: EngineStore, signal: AbortSignal): OpenArchive {
  return async (content) => {
    if (content.size < magicSize) return undefined;
    const start = await firstBytes(openContent(store, content, signal));
    const packed = compressionOf(start);
    if (packed === undefined && !looksLikeTar(start)) return undefined;
    const archive: Archive = { store, content, packed, name: nameOf(content), signal };
    if (packed !== undefined && !(await holdsTar(archive))) return undefined;
    if (packed === undefined && content.kind === "range") return readInPlace(archive, content);
    return readCopied(archive);
  };
}

const magicSize = 6;

interface Archive {
  readonly store: EngineStore;
  readonly content: FileContent;
  readonly packed: PackedAs | undefined;
  /** For messages. */
  readonly name: string;
  readonly signal: AbortSignal;
}

/** What cannot even be decompressed at its start only looks as if it were compressed. */
async function holdsTar(archive: Archive): Promise<boolean> {
  try {
    return looksLikeTar(await firstBytes(bytesOf(archive)));
  } catch (error) {
    if (error instanceof BuildFailure && error.code === "build/bad-compression") return false;
    throw error;
  }
}

/** The uncompressed archive, from its start. */
function bytesOf({ store, content, packed, name, signal }: Archive): AsyncIterable<Uint8Array> {
  const bytes = openContent(store, content, signal);
  return packed === undefined ? bytes : decompress(bytes, packed, { name, signal });
}

function readInPlace(archive: Archive, { file, offset }: RangeContent): Promise<readonly TreeEntry[]> {
  return readEntries(bytesOf(archive), archive, (place) => ({
    kind: "range",
    file,
    offset: offset + place.offset,
    size: place.size,
  }));
}

async function readCopied(archive: Archive): Promise<readonly TreeEntry[]> {
  const file = join(await archive.store.temporaryFolder(), `archive-${++copies}.tar`);
  try {
    const handle = await open(file, "wx", 0o600);
    try {
      const bytes = copied(archive, handle);
      return await readEntries(bytes, archive, ({ offset, size }) => ({ kind: "range", file, offset, size }));
    } finally {
      await handle.close();
    }
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

/** What passes is written to the file. */
async function* copied(archive: Archive, handle: FileHandle): AsyncGenerator<Uint8Array> {
  for await (const piece of bytesOf(archive)) {
    try {
      await handle.writeFile(piece);
    } catch (error) {
      throw storeError(error, archive.store.folder);
    }
    yield piece;
  }
}

function readEntries(
  bytes: AsyncIterable<Uint8Array>,
  { name, signal }: Archive,
  contentOf: (place: MemberPlace) => FileContent,
): Promise<readonly TreeEntry[]> {
  return readArchive(bytes, { name, contentOf, hash: false, whiteouts: false, signal });
}

async function firstBytes(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of bytes) {
    pieces.push(piece);
    length += piece.length;
    if (length >= startBytes) break;
  }
  return Buffer.concat(pieces).subarray(0, startBytes);
}

function nameOf(content: FileContent): string {
  return content.kind === "disk" || content.kind === "range" ? basename(content.file) : "the archive";
}
