/** How a finished build came about, from the daemon's record of it: what metadata files tell beside the exporter's answer. */
import { findRecord, readRecorded } from "../failure/build-record.ts";
import type { BuildHistoryRecord, Descriptor } from "../gen/control.ts";
import type { RpcConnection } from "../rpc/connection.ts";
import { RpcError } from "../rpc/status.ts";

/** `min` leaves out how the build went step by step. */
export type ProvenanceDetail = "min" | "max";

const predicatePrefix = "https://slsa.dev/provenance/";
/** Members of a predicate that `min` keeps. */
const essential: ReadonlySet<string> = new Set(["builder", "buildType", "invocation", "materials"]);

export interface RecordedBuild {
  readonly connection: RpcConnection;
  readonly ref: string;
  readonly detail: ProvenanceDetail;
  readonly signal: AbortSignal;
}

/**
 * The entries `buildx.build.provenance`, or one for each platform, in base64 as exporters answer. None for a build without provenance, or where the
 * daemon keeps no records: the build itself is done and well. Rejects only when aborted.
 */
export async function readProvenance(build: RecordedBuild): Promise<ReadonlyMap<string, string>> {
  const { connection, ref, detail, signal } = build;
  const answer = new Map<string, string>();
  try {
    const record = await findRecord(connection, ref, signal);
    if (record === undefined) return answer;
    for (const [key, descriptor] of provenanceIn(record)) {
      const bytes = await readRecorded(connection, descriptor, signal);
      if (bytes !== undefined) answer.set(key, Buffer.from(select(bytes, detail)).toString("base64"));
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof RpcError || error instanceof SyntaxError)) throw error;
  }
  return answer;
}

function provenanceIn({ Result, Results }: BuildHistoryRecord): ReadonlyMap<string, Descriptor> {
  const single = Result?.Attestations.find(isProvenance);
  if (single !== undefined) return new Map([["buildx.build.provenance", single]]);
  const found = [...Results].flatMap(([platform, { Attestations }]) => {
    const descriptor = Attestations.find(isProvenance);
    return descriptor === undefined ? [] : [[`buildx.build.provenance/${platform}`, descriptor] as const];
  });
  return new Map(found);
}

function isProvenance({ mediaType, annotations }: Descriptor): boolean {
  const type = annotations.get("in-toto.io/predicate-type") ?? "";
  return mediaType === "application/vnd.in-toto+json" && type.startsWith(predicatePrefix);
}

function select(bytes: Uint8Array, detail: ProvenanceDetail): string {
  const predicate: unknown = JSON.parse(Buffer.from(bytes).toString());
  if (detail === "max" || typeof predicate !== "object" || predicate === null) return JSON.stringify(predicate);
  return JSON.stringify(Object.fromEntries(Object.entries(predicate).filter(([name]) => essential.has(name))));
}
