/** Layers without times later than one that was asked for. */
import { isRecord } from "../../base/json-shape.ts";
import { isDigest } from "../../oci/digest.ts";
import type { EngineStore } from "../store/store.ts";
import type { TreeEntry } from "../tree/entry.ts";
import type { Layer } from "./layer.ts";
import { findLayerRecord } from "./layer-record.ts";
import { packLayer } from "./pack.ts";

/** As `LayerStore.clamped`, of a layer whose entries are known. Made once; chunks in which nothing is too late are taken as they are. */
export async function clampLayer(
  store: EngineStore,
  layer: Layer,
  entries: readonly TreeEntry[],
  epochSeconds: number,
  signal: AbortSignal,
): Promise<Layer> {
  if (!entries.some((entry) => entry.seconds > epochSeconds)) return layer;
  const key = `${layer.diffId} clamped ${epochSeconds}`;
  const kept = await store.records.find("blob", key);
  if (isRecord(kept) && typeof kept.clamped === "string" && isDigest(kept.clamped)) {
    if (await findLayerRecord(store, kept.clamped)) return { diffId: kept.clamped };
  }
  const home = (await findLayerRecord(store, layer.diffId))?.home;
  const packed = await packLayer(store, clamp(entries, epochSeconds), {
    signal,
    previous: layer.diffId,
    ...(home === undefined ? {} : { encoding: home }),
  });
  const clamped = packed.layer.diffId;
  await store.records.save("blob", key, { clamped, uses: [clamped] });
  return packed.layer;
}

function* clamp(entries: readonly TreeEntry[], epochSeconds: number): Generator<TreeEntry> {
  for (const entry of entries)
    yield entry.seconds > epochSeconds ? { ...entry, seconds: epochSeconds, nanoseconds: 0 } : entry;
}
