/** The history of an image: one entry an instruction, those with a layer in the order of the layers. */
import type { HistoryEntry } from "./image-config.ts";

export interface HistoryOptions {
  readonly layers: number;
  /** RFC 3339: no entry is later. */
  readonly latest?: string;
  /** RFC 3339: the time of entries that have none, and follow none that has. */
  readonly now: string;
}

/**
 * As many entries with a layer as there are layers (surplus ones count as empty, missing ones are appended), each with a time: an entry
 * without one has that of the nearest before it that has.
 */
export function alignHistory(history: readonly HistoryEntry[], options: HistoryOptions): readonly HistoryEntry[] {
  const counted = countLayers(history, options.layers);
  const first = counted.find(({ created }) => created !== undefined)?.created ?? options.now;
  let time = first;
  return counted.map((entry) => {
    time = entry.created ?? time;
    return { ...entry, created: earlier(time, options.latest) };
  });
}

function countLayers(history: readonly HistoryEntry[], layers: number): readonly HistoryEntry[] {
  let left = layers;
  const counted = history.map((entry) => {
    if (entry.empty_layer === true) return entry;
    if (left === 0) return { ...entry, empty_layer: true };
    left--;
    return entry;
  });
  const missing: HistoryEntry = { comment: "buildkit.exporter.image.v0" };
  return [...counted, ...Array.from({ length: left }, () => missing)];
}

function earlier(time: string, latest: string | undefined): string {
  return latest !== undefined && Date.parse(time) > Date.parse(latest) ? latest : time;
}

/** RFC 3339 in whole seconds, as Go prints a time without a fraction. */
export function formatSeconds(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.000Z$/, "Z");
}
