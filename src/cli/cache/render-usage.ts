/** Parts of the cache as `docker buildx du` shows them: a table, blocks of everything, JSON a line. */
import { formatSize, type Usage } from "../../api/cache.ts";
import { stripControl } from "../../base/text.ts";
import { formatAge } from "./age.ts";

export type UsageFormat = "table" | "pretty" | "json";

/** Newline at the end; empty for nothing as JSON. `*` marks what is changed in place, and sizes that are shared. */
export function renderUsage(usages: readonly Usage[], format: UsageFormat, nowMs: number): string {
  switch (format) {
    case "table":
      return renderTable(usages, nowMs);
    case "pretty":
      return usages.map((usage) => renderBlock(usage, nowMs)).join("");
    case "json":
      return usages.map((usage) => `${JSON.stringify(asJson(usage, nowMs))}\n`).join("");
  }
}

/** The lines below: what is shared and private, what could go, and all. */
export function renderTotals(usages: readonly Usage[]): string {
  const sum = (select: (usage: Usage) => boolean): string =>
    formatSize(usages.filter(select).reduce((total, { sizeBytes }) => total + sizeBytes, 0));
  const shared = usages.some((usage) => usage.shared);
  return [
    ...(shared ? [`Shared:\t\t${sum((usage) => usage.shared)}\n`, `Private:\t${sum((usage) => !usage.shared)}\n`] : []),
    `Reclaimable:\t${sum(({ inUse }) => !inUse)}\n`,
    `Total:\t\t${sum(() => true)}\n`,
  ].join("");
}

function renderTable(usages: readonly Usage[], nowMs: number): string {
  const rows = usages.map((usage) => [
    `${stripControl(usage.id)}${usage.mutable ? "*" : ""}`,
    String(!usage.inUse),
    `${formatSize(usage.sizeBytes)}${usage.shared ? "*" : ""}`,
    formatAge(nowMs - usage.lastUsedMs),
  ]);
  const cells = [["ID", "RECLAIMABLE", "SIZE", "LAST ACCESSED"], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("   ")
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}

function renderBlock(usage: Usage, nowMs: number): string {
  const fields = [
    ["ID", usage.id],
    ["Created at", formatTime(usage.createdMs)],
    ["Mutable", String(usage.mutable)],
    ["Reclaimable", String(!usage.inUse)],
    ["Shared", String(usage.shared)],
    ["Size", formatSize(usage.sizeBytes)],
    ["Description", usage.description],
    ["Last used", formatAge(nowMs - usage.lastUsedMs)],
    ["Type", usage.type],
  ];
  return `${fields.map(([name, value]) => `${`${name}:`.padEnd(14)}${oneLine(value ?? "")}`).join("\n")}\n\n`;
}

function asJson(usage: Usage, nowMs: number): Readonly<Record<string, unknown>> {
  return {
    CreatedAt: formatTime(usage.createdMs),
    Description: usage.description,
    ID: usage.id,
    LastUsedAt: formatAge(nowMs - usage.lastUsedMs),
    Mutable: usage.mutable,
    Parents: null,
    Reclaimable: !usage.inUse,
    Shared: usage.shared,
    Size: formatSize(usage.sizeBytes),
    Type: usage.type,
  };
}

function oneLine(text: string): string {
  return stripControl(text)
    .replace(/\s*\n\s*/g, " ")
    .trim();
}

/** As Go prints times: `2026-01-31 08:05:00.25 +0000 UTC`. */
function formatTime(timeMs: number): string {
  return new Date(timeMs)
    .toISOString()
    .replace("T", " ")
    .replace(/\.?0*Z$/, " +0000 UTC");
}
