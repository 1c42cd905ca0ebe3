/** An archive of the store in another encoding: the same chunks, and so the same bytes, as if it had been packed that way. */
import type { Digest } from "../../oci/digest.ts";
import type { EngineStore } from "../store/store.ts";
import { type ArchiveReader, damagedLayer, openArchiveReader } from "./archive-reader.ts";
import { openSink } from "./archive-sink.ts";
import { ChunkAssembler, type ChunkBuffer } from "./codec/chunk-assembler.ts";
import { sha256Hex } from "./codec/sha256.ts";
import { missingLayer } from "./content-source.ts";
import { type ExactEncoding, type LayerForm, saveForm } from "./form.ts";
import { openKnownPieces } from "./known-pieces.ts";
import type { BlobOptions } from "./layer.ts";
import { findLayerRecord } from "./layer-record.ts";
import { Pace } from "./pace.ts";
import { badArchive } from "./read-archive.ts";
import { ArchiveProblem, type MemberHeader } from "./tar/member.ts";
import { MemberScanner, type MemberVisitor } from "./tar/member-scanner.ts";

/** Uncompressed, gzip or zstd. */
export async function encodeLayer(
  store: EngineStore,
  diffId: Digest,
  encoding: ExactEncoding,
  options: BlobOptions,
): Promise<LayerForm> {
  const previous = (await findLayerRecord(store, diffId))?.previous;
  const known = previous && (await openKnownPieces(store, previous, encoding));
  const sink = await openSink(store, encoding, known);
  try {
    const assembler = new ChunkAssembler(sink.profile, sink.pool, sink.push);
    await scanArchive(store, diffId, new Cutter(assembler), {
      ...options,
      ready: async () => {
        if (sink.busy()) await sink.drain();
      },
    });
    assembler.finish();
    const form = await sink.finish();
    if (form.diffId !== diffId) throw damagedLayer(diffId);
    await saveForm(store, diffId, encoding, form);
    return form;
  } catch (error) {
    await sink.discard();
    throw error;
  }
}

export interface ScanOptions extends BlobOptions {
  /** Called after every piece of the archive: what the visitor made of it may have to go somewhere first. */
  readonly ready: () => Promise<void>;
}

const pieceBytes = 1024 * 1024;

/** Shows the members of an archive of the store to a visitor. */
export async function scanArchive(
  store: EngineStore,
  diffId: Digest,
  visitor: MemberVisitor,
  options: ScanOptions,
): Promise<void> {
  const reader = await openArchiveReader(store, diffId);
  if (!reader) throw missingLayer(diffId);
  try {
    await scan(reader, new MemberScanner(visitor), options);
  } catch (error) {
    throw error instanceof ArchiveProblem ? badArchive(`layer ${diffId}`, error) : error;
  } finally {
    reader.close();
  }
}

async function scan(reader: ArchiveReader, scanner: MemberScanner, options: ScanOptions): Promise<void> {
  const piece = Buffer.allocUnsafeSlow(Math.min(pieceBytes, reader.size));
  const pace = new Pace(options.signal);
  for (let offset = 0; offset < reader.size; ) {
    const part = piece.subarray(0, Math.min(piece.length, reader.size - offset));
    reader.read(offset, part);
    scanner.push(part);
    offset += part.length;
    await options.ready();
    if (!pace.over) continue;
    options.onProgress?.(offset);
    await pace.rest();
  }
  scanner.finish();
  options.onProgress?.(reader.size);
}

/** Members to chunks, piece by piece as when they are packed. */
class Cutter implements MemberVisitor {
  readonly #assembler: ChunkAssembler;
  #place: ChunkBuffer | undefined;
  #filled = 0;

  constructor(assembler: ChunkAssembler) {
    this.#assembler = assembler;
  }

  begin = (header: MemberHeader, blocks: Buffer): void => {
    this.#assembler.begin(header.name, blocks.length, header.size);
    this.#assembler.raw(blocks);
  };

  content = (bytes: Buffer): void => {
    for (let done = 0; done < bytes.length; ) {
      this.#place ??= this.#assembler.place();
      const part = bytes.subarray(done, done + this.#place.length - this.#filled);
      this.#place.set(part, this.#filled);
      this.#filled += part.length;
      done += part.length;
      if (this.#filled === this.#place.length) this.#pieceDone(this.#place);
    }
  };

  end = (padding: Buffer): void => {
    this.#assembler.raw(padding);
    this.#assembler.end();
  };

  trailer = (bytes: Buffer): void => this.#assembler.raw(bytes);

  #pieceDone(place: ChunkBuffer): void {
    this.#place = undefined;
    this.#filled = 0;
    this.#assembler.filled(place.length, sha256Hex(place));
  }
}
