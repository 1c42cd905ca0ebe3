/** Entries to an archive: read, hashed, cut and compressed in one pass, with memory that does not grow with the content. */
import { createHash, type Hash } from "node:crypto";
import type { Digest } from "../../oci/digest.ts";
import type { EngineStore } from "../store/store.ts";
import type { FileContent, FileEntry, TreeEntry } from "../tree/entry.ts";
import { damagedLayer } from "./archive-reader.ts";
import { type ArchiveSink, openSink } from "./archive-sink.ts";
import { ChunkAssembler } from "./codec/chunk-assembler.ts";
import { sha256Hex } from "./codec/sha256.ts";
import { type ContentSource, ContentSources } from "./content-source.ts";
import { type ContentPlace, EntryIndexWriter } from "./entry-index.ts";
import { type ExactEncoding, exactEncoding, type LayerForm, saveForm } from "./form.ts";
import { openKnownPieces } from "./known-pieces.ts";
import type { PackedLayer, PackOptions } from "./layer.ts";
import { saveLayerRecord } from "./layer-record.ts";
import { Pace } from "./pace.ts";
import { encodeHeader, headersOf, paddingOf, trailer } from "./tar/go-tar.ts";

const zeros = new Uint8Array(512);

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
  /** Of the archive; its own blob hashes it anyway. */
  readonly #hash: Hash | undefined;
  #offset = 0;
  #latestSeconds = 0;
  #bytesRead = 0;

  constructor(parts: PackingParts) {
    const { store, sink, encoding, options } = parts;
    this.#parts = parts;
    this.#hash = encoding.compression === "uncompressed" ? undefined : createHash("sha256");
    this.#sources = new ContentSources(store);
    this.#pace = new Pace(options.signal);
    this.#assembler = new ChunkAssembler(sink.profile, sink.pool, (chunk) => {
      this.#hash?.update(chunk.buffer.subarray(0, chunk.length));
      sink.push(chunk);
    });
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
    const blob = await this.#parts.sink.finish();
    const diffId: Digest = this.#hash ? `sha256:${this.#hash.digest("hex")}` : blob.digest;
    const form: LayerForm = { ...blob, diffId };
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
    const sha256 = content.size === 0 ? sha256Hex(zeros.subarray(0, 0)) : await this.#content(path, content);
    if (content.kind === "disk") this.#contents.set(path, sha256);
    this.#offset += content.size;
    this.#raw(zeros.subarray(0, paddingOf(content.size)));
    this.#assembler.end();
    return { offset, sha256 };
  }

  /** Gives back the sha256 of what was read. */
  async #content(path: string, content: FileContent): Promise<string> {
    const opened = this.#sources.open(path, content);
    const source = opened instanceof Promise ? await opened : opened;
    try {
      const small = content.size <= this.#parts.sink.profile.step;
      const sha256 = small
        ? this.#piece(source, knownSha256(this.#parts.store, content))
        : await this.#pieces(source, content);
      source.verify();
      if (content.kind === "layer" && sha256 !== content.sha256) throw damagedLayer(content.diffId);
      if (content.kind === "disk") this.#parts.store.hashes.learn(content, sha256);
      return sha256;
    } finally {
      source.close();
    }
  }

  #piece(source: ContentSource, known: string | undefined): string {
    const place = this.#assembler.place();
    source.read(place);
    const sha256 = known ?? sha256Hex(place);
    this.#bytesRead += place.length;
    this.#assembler.filled(place.length, sha256);
    return sha256;
  }

  async #pieces(source: ContentSource, content: FileContent): Promise<string> {
    const known = knownSha256(this.#parts.store, content);
    const hash = known === undefined ? createHash("sha256") : undefined;
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

/** What a layer says of its content is held against what is read. */
function knownSha256(store: EngineStore, content: FileContent): string | undefined {
  return content.kind === "disk" ? store.hashes.find(content) : undefined;
}
