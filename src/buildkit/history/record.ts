/** A daemon's record of a build in our words. */
import type { BuildAttachment, BuildRecord } from "../../execute/build-history.ts";
import type { BuildHistoryRecord, BuildResultInfo, Descriptor } from "../gen/control.ts";
import type { Status } from "../gen/status.ts";
import { rpcCode } from "../rpc/status.ts";
import { timestampText, timestampToMs } from "../solve/timestamps.ts";

const predicateType = "in-toto.io/predicate-type";

export function recordFrom(record: BuildHistoryRecord): BuildRecord {
  const { CreatedAt: created, CompletedAt: completed, error } = record;
  return {
    ref: record.Ref,
    attributes: record.FrontendAttrs,
    createdAt: created === undefined ? "" : timestampText(created),
    createdMs: created === undefined ? 0 : timestampToMs(created),
    ...(completed === undefined
      ? {}
      : { completedAt: timestampText(completed), completedMs: timestampToMs(completed) }),
    status: completed === undefined ? "running" : statusOf(error),
    ...(error === undefined
      ? {}
      : { error: { code: rpcCode(error.code), number: error.code, message: error.message } }),
    steps: { total: record.numTotalSteps, completed: record.numCompletedSteps, cached: record.numCachedSteps },
    warnings: record.numWarnings,
    attachments: attachmentsOf(record),
  };
}

function statusOf(error: Status | undefined): "completed" | "error" | "canceled" {
  if (error === undefined) return "completed";
  return rpcCode(error.code) === "CANCELLED" ? "canceled" : "error";
}

/** What belongs to the whole first, then platform by platform. */
function attachmentsOf({ Result: whole, Results: platforms }: BuildHistoryRecord): readonly BuildAttachment[] {
  const ofAll = whole === undefined ? [] : attachmentsIn(whole);
  const ofEach = [...platforms]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([platform, result]) => attachmentsIn(result).map((attachment) => ({ ...attachment, platform })));
  return [...ofAll, ...ofEach];
}

/** Daemons before 0.13 give the one result in a field of its own, newer ones in both. */
function attachmentsIn({
  ResultDeprecated: first,
  Results,
  Attestations,
}: BuildResultInfo): readonly BuildAttachment[] {
  const all = new Map<string, Descriptor>();
  for (const descriptor of [...(first === undefined ? [] : [first]), ...Results.values(), ...Attestations]) {
    all.set(descriptor.digest, descriptor);
  }
  return [...all.values()].map((descriptor) => ({
    digest: descriptor.digest,
    sizeBytes: Number(descriptor.size),
    type: typeOf(descriptor),
  }));
}

function typeOf({ mediaType, annotations }: Descriptor): string {
  const predicate = annotations.get(predicateType);
  if (predicate !== undefined) return predicate;
  if (/image\.index|manifest\.list/.test(mediaType)) return "index";
  if (/manifest/.test(mediaType)) return "manifest";
  return /image\.config|container\.image/.test(mediaType) ? "image" : mediaType;
}
