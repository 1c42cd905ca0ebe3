/** What a step came to. */
import type { Layer } from "../layer/layer.ts";

export interface SolvedLayer {
  readonly layer: Layer;
  /** When it was made, milliseconds since the epoch; absent for layers that others made. */
  readonly createdMs?: number;
}

/** Lowest first: those of the base, then the step's own. */
export interface SolvedStep {
  readonly layers: readonly SolvedLayer[];
}

export function layersOf({ layers }: SolvedStep): readonly Layer[] {
  return layers.map(({ layer }) => layer);
}
