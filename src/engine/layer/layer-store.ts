/** The layers of a store: made of entries, looked into, written out in any encoding. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { EngineStore } from "../store/store.ts";
import type { TreeEntry } from "../tree/entry.ts";
import { openArchiveReader } from "./archive-reader.ts";
import { missingLayer } from "./content-source.ts";
import { loadEntryIndex } from "./entry-index.ts";
import type { Layer, LayerStore } from "./layer.ts";
import { findLayerRecord } from "./layer-record.ts";
import { packLayer } from "./pack.ts";

export function openLayerStore(store: EngineStore): LayerStore {
  return {
    pack: (entries, options) => packLayer(store, entries, options),
    entries: (layer, signal) => readEntries(store, layer, signal),
    archive: (layer, signal) => readLayer(store, layer, signal),
    blob: () => Promise.reject(new Error("to come")),
    clamped: () => Promise.reject(new Error("to come")),
    has: async (layer) => layer.origin !== undefined || (await findLayerRecord(store, layer.diffId)) !== undefined,
  };
}

async function readEntries(store: EngineStore, { diffId }: Layer, signal: AbortSignal): Promise<readonly TreeEntry[]> {
  signal.throwIfAborted();
  const record = await findLayerRecord(store, diffId);
  const entries = record && (await loadEntryIndex(store, record.index, diffId));
  if (!entries) throw missingLayer(diffId);
  return entries;
}

const readBytes = 1024 * 1024;

async function* readLayer(store: EngineStore, { diffId }: Layer, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = await openArchiveReader(store, diffId);
  if (!reader) throw missingLayer(diffId);
  try {
    for (let offset = 0; offset < reader.size; ) {
      signal.throwIfAborted();
      const piece = Buffer.allocUnsafeSlow(Math.min(readBytes, reader.size - offset));
      reader.read(offset, piece);
      yield piece;
      offset += piece.length;
      await nextTurn();
    }
  } finally {
    reader.close();
  }
}
