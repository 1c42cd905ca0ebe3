/**
 * Keeps the store within its budget after builds. Measuring it takes a while, so it is measured when it may have grown beyond the budget,
 * or when nobody has for a day; in between, what was written is added up.
 */
import { readFileSync, renameSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isRecord } from "../../base/json-shape.ts";
import type { Budget } from "./budget.ts";
import { takeInventory } from "./inventory.ts";
import type { StoreLayout } from "./layout.ts";
import type { ProcessFolder } from "./process-folder.ts";
import { prune } from "./prune.ts";

export interface Tidying {
  readonly layout: StoreLayout;
  readonly own: ProcessFolder;
  readonly budget: Budget;
  /** By this process. */
  readonly writtenBytes: number;
  /** Whether it may have written to rooms, nobody knows how much. */
  readonly openedRooms: boolean;
  readonly nowMs: number;
}

interface Measured {
  readonly usedBytes: number;
  readonly measuredMs: number;
}

const hourMs = 3600_000;

/** Removed at once, so that not every build has to. */
const slack = 0.9;

/**
 * Removes what was used longest ago, but nothing that running builds, this one's included, have used. Does nothing when another process prunes.
 * Resolves to the bytes freed. Rejects with what the file system says.
 */
export async function tidy(tidying: Tidying): Promise<number> {
  const { layout, own, nowMs, writtenBytes } = tidying;
  const disk = statfsSync(layout.root);
  const budgetBytes = tidying.budget(disk.blocks * disk.bsize);
  if (budgetBytes === Infinity) return 0;
  const known = readMeasured(layout);
  const usedBytes = (known?.usedBytes ?? 0) + writtenBytes;
  if (known !== undefined && !isDue(known, tidying) && usedBytes <= budgetBytes) {
    if (writtenBytes > 0) writeMeasured(tidying, { ...known, usedBytes });
    return 0;
  }
  const pruned = await prune({
    items: await takeInventory(layout, nowMs),
    layout,
    own,
    select: () => true,
    keepBytes: (totalBytes) => (totalBytes > budgetBytes ? budgetBytes * slack : Number.POSITIVE_INFINITY),
    patienceMs: 0,
    signal: neverAborted,
  });
  if (pruned === undefined) return 0;
  writeMeasured(tidying, { usedBytes: pruned.leftBytes, measuredMs: nowMs });
  return pruned.freedBytes;
}

const neverAborted = new AbortController().signal;

function isDue({ measuredMs }: Measured, { nowMs, openedRooms }: Tidying): boolean {
  const ageMs = nowMs - measuredMs;
  return ageMs < 0 || ageMs > (openedRooms ? hourMs : 24 * hourMs);
}

function readMeasured(layout: StoreLayout): Measured | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(fileIn(layout), "utf8"));
    if (!isRecord(value) || typeof value.usedBytes !== "number" || typeof value.measuredMs !== "number")
      return undefined;
    return { usedBytes: value.usedBytes, measuredMs: value.measuredMs };
  } catch {
    return undefined;
  }
}

function writeMeasured({ layout, own }: Tidying, measured: Measured): void {
  const staged = own.newPath("measured");
  writeFileSync(staged, JSON.stringify(measured), { flag: "wx", mode: 0o600 });
  renameSync(staged, fileIn(layout));
}

function fileIn(layout: StoreLayout): string {
  return join(layout.root, "measured.json");
}
