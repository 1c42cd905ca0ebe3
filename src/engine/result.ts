/** What a target was built to, ready to be exported. */
import type { ContainerConfig, HistoryEntry } from "../oci/image-config.ts";
import type { Platform } from "../oci/platform.ts";
import type { Layer } from "./layer/layer.ts";
import type { BuildSources } from "./provenance/build-sources.ts";

/** Of one platform. */
export interface StageResult {
  readonly platform: Platform;
  readonly layers: readonly Layer[];
  readonly config: ContainerConfig;
  readonly author?: string;
  /** Undefined when there never was any. */
  readonly history: readonly HistoryEntry[];
  /** What it was made from, for provenance. */
  readonly sources: BuildSources;
  /** A cache that the image holds of itself, as its configuration has it (`moby.buildkit.cache.v0`). */
  readonly inlineCache?: string;
}
