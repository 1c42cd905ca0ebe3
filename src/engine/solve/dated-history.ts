/** When the steps of an image were made. */
import type { HistoryEntry } from "../../oci/image-config.ts";
import type { SolvedLayer } from "./solved.ts";

/**
 * Each line that has a layer gets the layer's time; one without gets that of the layer before it, so that the same layers make the same
 * image whenever it is put together. Lines that have a time keep it.
 */
export function datedHistory(
  history: readonly HistoryEntry[],
  layers: readonly SolvedLayer[],
  epochSeconds: number | undefined,
): readonly HistoryEntry[] {
  if (epochSeconds !== undefined) return history;
  let index = 0;
  let last: string | undefined;
  return history.map((entry) => {
    const layer = entry.empty_layer === true ? undefined : layers[index++];
    const made = layer?.createdMs === undefined ? undefined : new Date(layer.createdMs).toISOString();
    last = entry.created ?? made ?? last;
    return last === undefined ? entry : { created: last, ...entry };
  });
}
