/** What the embedded engine hands over to have a result written. */
import type { LayerStore } from "../../engine/layer/layer.ts";
import type { StageResult } from "../../engine/result.ts";
import type { Scan } from "../../engine/scan/scan.ts";
import type { EngineStore } from "../../engine/store/store.ts";
import type { ExportSink } from "../../execute/ports.ts";
import type { Platform } from "../../oci/platform.ts";
import type { Target } from "../../plan/plan.ts";
import type { RegistryClient } from "../../registry/client.ts";

export interface WriteRequest {
  /** One a platform, in the order they were asked for; never empty. */
  readonly results: readonly StageResult[];
  /** `image`, `oci`, `docker`, `local` or `tar`, as `PreparedExport` has it. */
  readonly exporter: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly sink: ExportSink;
  readonly target: Pick<Target, "name" | "attest">;
  /** What a scanner finds in one of the results. Absent: packages are listed here. */
  readonly scan?: Scan;
  /** Whether a stored image whose target says nothing of provenance gets a short one. Default: no. */
  readonly defaultAttestations?: boolean;
  /** SOURCE_DATE_EPOCH; the output's own `source-date-epoch` goes before it. */
  readonly epochSeconds?: number;
  readonly layers: LayerStore;
  readonly store: EngineStore;
  /** Asked for when something is pushed. */
  readonly registry: () => RegistryClient;
  readonly invocation: Invocation;
  readonly signal: AbortSignal;
  readonly onStatus?: (status: ExportStatus) => void;
  readonly onWarning?: (message: string, detail: readonly string[]) => void;
}

/** What provenance tells of the build beyond its target. */
export interface Invocation {
  readonly startedMs: number;
  readonly finishedMs: number;
  /** Of this machine. */
  readonly builderPlatform: Platform;
  /** What was asked for, by the names BuildKit's frontend has for it: `build-arg:A`, `target`, `context`, `filename`, … */
  readonly parameters: ReadonlyMap<string, string>;
  /** Of the repository that the context lies in: `source`, `revision`, … Asked when provenance is written. */
  readonly repository?: () => Promise<ReadonlyMap<string, string>>;
}

/** A part of the export that takes time, cumulative by id. */
export interface ExportStatus {
  readonly id: string;
  readonly current: number;
  /** 0: not counted. */
  readonly total: number;
  readonly done: boolean;
}
