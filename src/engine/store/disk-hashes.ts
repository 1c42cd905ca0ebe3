/** The hashes of the files of contexts: one table a folder, loaded when it is opened, merged with what others saved meanwhile and kept at the end. */
import { createHash } from "node:crypto";
import { readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import type { DiskContent } from "../tree/entry.ts";
import { HashTable } from "./hash-table.ts";
import type { FileHashes } from "./store.ts";

export interface DiskHashesOptions {
  /** Where tables are kept. */
  readonly folder: string;
  /** Gives paths for files to be staged, on the same file system. */
  readonly newPath: (kind: string) => string;
  readonly now?: () => number;
}

interface OpenTable {
  /** With a separator at the end. */
  readonly prefix: string;
  readonly file: string;
  readonly table: HashTable;
  /** Files that were last changed before this are told by their times: whatever changes them later gets another time. Nanoseconds. */
  readonly settledNs: bigint;
  changed: boolean;
}

/** The coarsest clock of a file system in use. */
const clockNs = 2_000_000_000n;
const dayMs = 24 * 3600 * 1000;
const keptDays = 30;
const mostEntries = 1_000_000;

export class DiskHashes implements FileHashes {
  readonly #options: DiskHashesOptions;
  readonly #now: () => number;
  /** Since the epoch, when it began: a run that goes on past midnight uses the files of a day before. */
  readonly #day: number;
  /** Longest prefix first. */
  #tables: OpenTable[] = [];

  constructor(options: DiskHashesOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#day = Math.max(0, Math.floor(this.#now() / dayMs));
  }

  async open(folder: string): Promise<void> {
    const prefix = withSeparator(realFolder(folder));
    if (this.#tables.some((each) => each.prefix === prefix)) return;
    const file = join(this.#options.folder, createHash("sha256").update(prefix).digest("hex").slice(0, 40));
    const settledNs = BigInt(Math.trunc(this.#now())) * 1_000_000n - clockNs;
    const opened: OpenTable = { prefix, file, table: load(file) ?? HashTable.empty(), settledNs, changed: false };
    this.#tables = [...this.#tables, opened].sort((a, b) => b.prefix.length - a.prefix.length);
  }

  find(content: DiskContent): string | undefined {
    const opened = this.#tableOf(content.file);
    const found = opened?.table.find(content, this.#day);
    if (opened && found?.noted) opened.changed = true;
    return found?.sha256;
  }

  learn(content: DiskContent, sha256: string): void {
    const opened = this.#tableOf(content.file);
    if (opened === undefined) return;
    const { mtimeNs, ctimeNs } = content.fingerprint;
    // Younger ones may change once more without another time (git's "racy" entries).
    if (mtimeNs >= opened.settledNs || ctimeNs >= opened.settledNs) return;
    opened.table.put(content, sha256, this.#day);
    opened.changed = true;
  }

  /** Writes down what is new. Never throws: without it, the next run reads more. */
  save(): void {
    for (const opened of this.#tables) {
      if (!opened.changed) continue;
      opened.changed = false;
      const staged = this.#options.newPath("hashes");
      try {
        const saved = load(opened.file);
        if (saved) opened.table.addMissing(saved);
        const file = opened.table.print(this.#day - keptDays, mostEntries);
        writeFileSync(staged, file, { flag: "wx", mode: 0o600 });
        renameSync(staged, opened.file);
      } catch {
        rmSync(staged, { force: true });
      }
    }
  }

  /** There are few tables: comparing prefixes costs less than remembering the last folder. */
  #tableOf(file: string): OpenTable | undefined {
    for (const opened of this.#tables) if (file.startsWith(opened.prefix)) return opened;
    return undefined;
  }
}

function load(file: string): HashTable | undefined {
  try {
    return HashTable.parse(readFileSync(file));
  } catch {
    return undefined;
  }
}

function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return resolve(folder);
  }
}

function withSeparator(folder: string): string {
  return folder.endsWith(sep) ? folder : folder + sep;
}
