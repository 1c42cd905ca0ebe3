/** Entries to an archive: read, hashed, cut and compressed in one pass, with memory that does not grow with the content. */
import { createHash } from "node:crypto";
import type { EngineStore } from "../store/store.ts";
import type { FileContent, FileEntry, TreeEntry } from "../tree/entry.ts";
import { damagedLayer } from "./archive-reader.ts";
import { type ArchiveSink, openSink } from "./archive-sink.ts";
import { ChunkAssembler } from "./codec/chunk-assembler.ts";
import { sha256Hex } from "./codec/sha256.ts";
import { type ContentSource, ContentSources } from "./content-source.ts";
import { type ContentPlace, EntryIndexWriter } from "./entry-index.ts";
import { type ExactEncoding, exactEncoding, saveForm } from "./form.ts";
import { openKnownPieces } from "./known-pieces.ts";
import type { PackedLayer, PackOptions } from "./layer.ts";
import { saveLayerRecord } from "./layer-record.ts";
import { Pace } from "./pace.ts";
import { encodeHeader, headersOf, paddingOf, trailer } from "./tar/go-tar.ts";

const zeros = new Uint8Array(512);
const emptySha256 = sha256Hex(zeros.subarray(0, 0));

/** As `LayerStore.pack`. The encoding is one with chunks, or none. */
export async function packLayer(
  store: EngineStore,
  entries: Iterable<TreeEntry>,
  options: PackOptions,
): Promise<PackedLayer> {
  const exact = exactEncoding(options.encoding ?? { compression: "uncompressed" });
  const known = options.previous && (await openKnownPieces(store, options.previous, exact));
  const sink = await openSink(store, exact, known);
  const index = await EntryIndexWriter.create(store).catch(async (error: unknown) => {
    await sink.discard();
    throw error;
  });
  const packing = new Packing({ store, sink, index, encoding: exact, options });
  try {
    await packing.addAll(entries);
    return await packing.finish();
  } catch (error) {
    await packing.abandon();
    throw error;
  }
}

interface PackingParts {
  readonly store: EngineStore;
  readonly sink: ArchiveSink;
  readonly index: EntryIndexWriter;
  readonly encoding: ExactEncoding;
  readonly options: PackOptions;
}

class Packing {
  readonly #parts: PackingParts;
  readonly #assembler: ChunkAssembler;
  readonly #sources: ContentSources;
  readonly #pace: Pace;
  readonly #contents = new Map<string, string>();
  #offset = 0;
  #latestSeconds = 0;
  #bytesRead = 0;

  constructor(parts: PackingParts) {
    const { store, sink, options } = parts;
    this.#parts = parts;
    this.#sources = new ContentSources(store);
    this.#pace = new Pace(options.signal);
    this.#assembler = new ChunkAssembler(sink.profile, sink.pool, sink.push);
  }

  async addAll(entries: Iterable<TreeEntry>): Promise<void> {
    for (const entry of entries) {
      const place = entry.type === "file" ? await this.#addFile(entry) : this.#addHeaders(entry);
      this.#parts.index.add(entry, place);
      if (entry.seconds > this.#latestSeconds) this.#latestSeconds = entry.seconds;
      if (this.#parts.sink.busy() || this.#pace.over) await this.#giveTurn();
    }
    this.#raw(trailer);
    this.#assembler.finish();
  }

  async finish(): Promise<PackedLayer> {
    const { signal, previous } = this.#parts.options;
    const form = await this.#parts.sink.finish();
    const { diffId } = form;
    const index = await this.#parts.index.finish();
    this.#sources.close();
    signal.throwIfAborted();
    await saveForm(this.#parts.store, diffId, this.#parts.encoding, form);
    await saveLayerRecord(this.#parts.store, diffId, {
      index,
      size: this.#offset,
      latestSeconds: this.#latestSeconds,
      home: { ...form, ...this.#parts.encoding },
      ...(previous === undefined || previous === diffId ? {} : { previous }),
    });
    this.#parts.options.onProgress?.(this.#bytesRead);
    return { layer: { diffId }, contents: this.#contents };
  }

  /** Waits for what is under way, so that nothing is written afterwards; never throws. */
  async abandon(): Promise<void> {
    this.#sources.close();
    this.#assembler.abandon();
    await Promise.all([this.#parts.sink.discard(), this.#parts.index.discard()]);
  }

  #addHeaders(entry: TreeEntry): undefined {
    for (const header of headersOf(entry)) {
      const block = encodeHeader(header);
      this.#assembler.begin(header.name, block.length, 0);
      this.#raw(block);
      this.#assembler.end();
    }
  }

  async #addFile(entry: FileEntry): Promise<ContentPlace> {
    const { path, content } = entry;
    const [header] = headersOf(entry);
    const block = header ? encodeHeader(header) : zeros;
    this.#assembler.begin(path, block.length, content.size);
    this.#raw(block);
    const offset = this.#offset;
    const sha256 = content.size === 0 ? emptySha256 : await this.#content(path, content);
    if (content.kind === "disk") this.#contents.set(path, sha256);
    this.#offset += content.size;
    this.#raw(zeros.subarray(0, paddingOf(content.size)));
    this.#assembler.end();
    return { offset, sha256 };
  }

  /** Gives back its sha256. What is known and small is not read before its chunk is complete: perhaps somebody has that. */
  async #content(path: string, content: FileContent): Promise<string> {
    const reaching = this.#sources.reach(content);
    if (reaching !== undefined) await reaching;
    const known = knownSha256(this.#parts.store, content);
    if (content.size > this.#parts.sink.profile.step) return this.#large(path, content, known);
    if (known === undefined) return this.#small(path, content);
    this.#bytesRead += content.size;
    this.#assembler.reserve(known, (target) => this.#read(path, content, target));
    return known;
  }

  #small(path: string, content: FileContent): string {
    const place = this.#assembler.place();
    this.#read(path, content, place);
    const sha256 = sha256Hex(place);
    this.#learn(content, sha256);
    this.#bytesRead += place.length;
    this.#assembler.filled(place.length, sha256);
    return sha256;
  }

  #read(path: string, content: FileContent, target: Uint8Array): void {
    const source = this.#sources.open(path, content);
    try {
      source.read(target);
      source.verify();
    } finally {
      source.close();
    }
    if (content.kind === "layer" && sha256Hex(target) !== content.sha256) throw damagedLayer(content.diffId);
  }

  async #large(path: string, content: FileContent, known: string | undefined): Promise<string> {
    const source = this.#sources.open(path, content);
    try {
      const sha256 = await this.#pieces(source, content, known);
      source.verify();
      if (content.kind === "layer" && sha256 !== content.sha256) throw damagedLayer(content.diffId);
      this.#learn(content, sha256);
      return sha256;
    } finally {
      source.close();
    }
  }

  #learn(content: FileContent, sha256: string): void {
    if (content.kind === "disk") this.#parts.store.hashes.learn(content, sha256);
  }

  async #pieces(source: ContentSource, content: FileContent, known: string | undefined): Promise<string> {
    // What a layer says of its content is held against what is read.
    const hash = known === undefined || content.kind === "layer" ? createHash("sha256") : undefined;
    for (let rest = content.size; rest > 0; ) {
      const place = this.#assembler.place();
      source.read(place);
      hash?.update(place);
      rest -= place.length;
      this.#bytesRead += place.length;
      this.#assembler.filled(place.length, sha256Hex(place));
      if (this.#parts.sink.busy() || this.#pace.over) await this.#giveTurn();
    }
    return hash?.digest("hex") ?? known ?? "";
  }

  #raw(bytes: Uint8Array): void {
    this.#offset += bytes.length;
    this.#assembler.raw(bytes);
  }

  async #giveTurn(): Promise<void> {
    if (this.#parts.sink.busy()) await this.#parts.sink.drain();
    if (!this.#pace.over) return;
    this.#parts.options.onProgress?.(this.#bytesRead);
    await this.#pace.rest();
  }
}

function knownSha256(store: EngineStore, content: FileContent): string | undefined {
  if (content.kind === "layer") return content.sha256;
  return content.kind === "disk" ? store.hashes.find(content) : undefined;
}
