/** Layers without times later than one that was asked for. */
import { isRecord } from "../../base/json-shape.ts";
import { isDigest } from "../../oci/digest.ts";
import type { EngineStore } from "../store/store.ts";
import type { TreeEntry } from "../tree/entry.ts";
import type { Layer } from "./layer.ts";
import { findLayerRecord } from "./layer-record.ts";
import { packLayer } from "./pack.ts";

export interface ClampOptions {
  readonly epochSeconds: number;
  /** What the layer holds; asked for when there is something to be changed. */
  readonly entries: () => Promise<readonly TreeEntry[]>;
  readonly signal: AbortSignal;
}

/** As `LayerStore.clamped`, of a layer with a record. Made once; chunks in which nothing is too late are taken as they are. */
export async function clampLayer(
  store: EngineStore,
  layer: Layer,
  { epochSeconds, entries, signal }: ClampOptions,
): Promise<Layer> {
  const record = await findLayerRecord(store, layer.diffId);
  if (record && record.latestSeconds <= epochSeconds) return layer;
  const key = `${layer.diffId} clamped ${epochSeconds}`;
  const kept = await store.records.find("blob", key);
  if (isRecord(kept) && typeof kept.clamped === "string" && isDigest(kept.clamped)) {
    if (await findLayerRecord(store, kept.clamped)) return { diffId: kept.clamped };
  }
  const packed = await packLayer(store, clamp(await entries(), epochSeconds), {
    signal,
    previous: layer.diffId,
    ...(record === undefined ? {} : { encoding: record.home }),
  });
  const clamped = packed.layer.diffId;
  await store.records.save("blob", key, { clamped, uses: [clamped] });
  return packed.layer;
}

function* clamp(entries: readonly TreeEntry[], epochSeconds: number): Generator<TreeEntry> {
  for (const entry of entries)
    yield entry.seconds > epochSeconds ? { ...entry, seconds: epochSeconds, nanoseconds: 0 } : entry;
}
