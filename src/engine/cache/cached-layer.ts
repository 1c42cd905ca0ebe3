/** What a cache is made of: layers of steps, and the keys they are found again by. */
import type { Layer } from "../layer/layer.ts";

export interface CachedLayer {
  /** Of the step: hexadecimal, the same on every machine. */
  readonly key: string;
  readonly layer: Layer;
  /** Milliseconds since the epoch. */
  readonly createdMs: number;
}

/** Layers on top of each other, lowest first. Those of base images are left out: they are had from where they are. */
export type CachedChain = readonly CachedLayer[];
