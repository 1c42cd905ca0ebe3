/** Records of past builds, for tests. */
import type { BuildRecord } from "../../../src/api/history.ts";

export const nowMs: number = Date.UTC(2026, 0, 31, 12);

export function record(
  words: Partial<Omit<BuildRecord, "attributes">> = {},
  attributes: Readonly<Record<string, string>> = {},
): BuildRecord {
  return {
    ref: "abc",
    createdAt: "2026-01-31T11:59:00Z",
    createdMs: nowMs - 60_000,
    completedAt: "2026-01-31T11:59:30Z",
    completedMs: nowMs - 30_000,
    status: "completed",
    steps: { total: 4, completed: 4, cached: 1 },
    warnings: 0,
    attachments: [],
    ...words,
    attributes: new Map(Object.entries(attributes)),
  };
}
