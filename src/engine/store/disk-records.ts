/** Small JSON values, one file each, named by the hash of their key: a line with the sum of the rest, then the rest. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errnoCode } from "../../base/errors.ts";
import { isRecord } from "../../base/json-shape.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { makeFolder, type StoreLayout } from "./layout.ts";
import type { ProcessFolder } from "./process-folder.ts";
import type { BlobStore, RecordStore } from "./store.ts";
import { storeError } from "./store-error.ts";

/** A record as it is kept. */
export interface StoredRecord {
  readonly key: string;
  readonly value: unknown;
}

/** Times of use are written down this precisely. */
const precisionMs = 60_000;

export class DiskRecords implements RecordStore {
  readonly #layout: StoreLayout;
  readonly #own: ProcessFolder;
  readonly #blobs: BlobStore;

  constructor(layout: StoreLayout, own: ProcessFolder, blobs: BlobStore) {
    this.#layout = layout;
    this.#own = own;
    this.#blobs = blobs;
  }

  async find(kind: string, key: string): Promise<unknown> {
    const file = this.#file(kind, key);
    // Leased before it is read: who prunes looks at leases last. What is not there needs no lease.
    if (!existsSync(file)) return undefined;
    this.#lease(recordId(kind, key));
    const record = readRecord(file);
    if (record === undefined || record.key !== key) return undefined;
    if (!(await this.#areHere(usesOf(record.value)))) return undefined;
    touch(file);
    return record.value;
  }

  async save(kind: string, key: string, value: unknown): Promise<void> {
    const file = this.#file(kind, key);
    const staged = this.#own.newPath("record");
    this.#lease(recordId(kind, key));
    try {
      writeFileSync(staged, printRecord({ key, value }), { flag: "wx", mode: 0o600 });
      this.#publish(staged, file);
    } catch (error) {
      rmSync(staged, { force: true });
      throw storeError(error, this.#layout.root);
    }
  }

  async remove(kind: string, key: string): Promise<void> {
    try {
      rmSync(this.#file(kind, key), { force: true });
    } catch (error) {
      throw storeError(error, this.#layout.root);
    }
  }

  #publish(staged: string, file: string): void {
    try {
      renameSync(staged, file);
    } catch (error) {
      if (errnoCode(error) !== "ENOENT") throw error;
      makeFolder(join(file, ".."));
      renameSync(staged, file);
    }
  }

  /** Each is content, or a layer that has all its content. Leased before it is looked for: who prunes looks at leases last. */
  async #areHere(digests: readonly Digest[]): Promise<boolean> {
    for (const digest of digests) {
      this.#lease(digest);
      if (await this.#blobs.has(digest)) continue;
      const layer = readRecord(this.#file("layer", digest));
      if (layer === undefined) return false;
      for (const part of usesOf(layer.value)) {
        this.#lease(part);
        if (!(await this.#blobs.has(part))) return false;
      }
    }
    return true;
  }

  #lease(name: string): void {
    try {
      this.#own.lease(name);
    } catch (error) {
      throw storeError(error, this.#layout.root);
    }
  }

  #file(kind: string, key: string): string {
    if (!/^[a-z][a-z0-9-]*$/.test(kind)) throw new Error(`not a kind of records: ${kind}`);
    return join(this.#layout.records, kind, recordName(key));
  }
}

/** Of the file that has the record of a key. */
function recordName(key: string): string {
  return createHash("sha256").update(key).digest("hex").slice(0, 40);
}

/** As leases and inventories name it. */
export function recordId(kind: string, key: string): string {
  return `record/${kind}/${recordName(key)}`;
}

/** Undefined when there is none, or it is damaged. */
export function readRecord(file: string): StoredRecord | undefined {
  try {
    const text = readFileSync(file, "utf8");
    const line = text.indexOf("\n");
    const body = text.slice(line + 1);
    if (line === -1 || text.slice(0, line) !== sumOf(body)) return undefined;
    const record: unknown = JSON.parse(body);
    return isRecord(record) && typeof record.key === "string" ? { key: record.key, value: record.value } : undefined;
  } catch {
    return undefined;
  }
}

/** Digests in a record's `uses`; none when it has no such field. */
export function usesOf(value: unknown): readonly Digest[] {
  if (!isRecord(value) || !Array.isArray(value.uses)) return [];
  return value.uses.filter((each: unknown) => typeof each === "string").filter(isDigest);
}

function printRecord(record: StoredRecord): string {
  const body = JSON.stringify(record);
  return `${sumOf(body)}\n${body}`;
}

function sumOf(body: string): string {
  return createHash("sha256").update(body).digest("hex").slice(0, 32);
}

/** Pruning goes by when a record was used last. That it cannot be written down is no trouble of who reads. */
function touch(file: string): void {
  try {
    const now = Date.now();
    if (Math.abs(statSync(file).mtimeMs - now) > precisionMs) utimesSync(file, now / 1000, now / 1000);
  } catch {
    // Gone meanwhile, or the disk is read-only.
  }
}
