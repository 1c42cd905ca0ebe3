/** What a step came to. */
import type { CachedChain } from "../cache/cached-layer.ts";
import type { Layer } from "../layer/layer.ts";

export interface SolvedLayer {
  readonly layer: Layer;
  /** When it was made, milliseconds since the epoch; absent for layers that others made. */
  readonly createdMs?: number;
  /** Of the step that made it, where it is one of ours. */
  readonly key?: string;
}

/** Lowest first: those of the base, then the step's own. */
export interface SolvedStep {
  readonly layers: readonly SolvedLayer[];
}

export function layersOf({ layers }: SolvedStep): readonly Layer[] {
  return layers.map(({ layer }) => layer);
}

/** What a cache keeps of it. */
export function chainOf({ layers }: SolvedStep): CachedChain {
  return layers.flatMap(({ key, layer, createdMs }) =>
    key === undefined || createdMs === undefined ? [] : [{ key, layer, createdMs }],
  );
}
