/** Past builds as `docker buildx history ls` shows them: a table, JSON a line. */
import type { PastBuild } from "../../api/history.ts";
import { stripControl } from "../../base/text.ts";
import { formatDuration } from "../../progress/format.ts";
import { formatAge } from "../cache/age.ts";
import { recordName } from "./record-name.ts";

export interface RecordsFormat {
  readonly kind: "table" | "json";
  readonly nowMs: number;
  /** False cuts names that are long. */
  readonly whole: boolean;
}

const longestName = 40;

const statusWords = { running: "Running", completed: "Completed", error: "Error", canceled: "Canceled" } as const;

/** Newline at the end; empty for nothing as JSON. */
export function renderRecords(builds: readonly PastBuild[], format: RecordsFormat): string {
  if (format.kind === "json") return builds.map((build) => `${JSON.stringify(asJson(build))}\n`).join("");
  const rows = builds.map(({ record }) => [
    record.ref,
    cut(stripControl(recordName(record)), format.whole),
    statusWords[record.status],
    formatAge(format.nowMs - record.createdMs),
    durationOf(record.createdMs, record.completedMs, format.nowMs),
  ]);
  return renderColumns([["BUILD ID", "NAME", "STATUS", "CREATED AT", "DURATION"], ...rows]);
}

/** Columns as wide as their widest cell, three spaces between them. */
export function renderColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("   ")
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join("");
}

function durationOf(createdMs: number, completedMs: number | undefined, nowMs: number): string {
  return completedMs === undefined ? `${formatDuration(nowMs - createdMs)}+` : formatDuration(completedMs - createdMs);
}

function cut(text: string, whole: boolean): string {
  return whole || text.length <= longestName ? text : `${text.slice(0, longestName - 1)}…`;
}

function asJson({ record, fullRef }: PastBuild): Readonly<Record<string, unknown>> {
  return {
    ref: fullRef,
    name: recordName(record),
    status: statusWords[record.status],
    created_at: record.createdAt,
    ...(record.completedAt === undefined ? {} : { completed_at: record.completedAt }),
    total_steps: record.steps.total,
    completed_steps: record.steps.completed,
    cached_steps: record.steps.cached,
  };
}
