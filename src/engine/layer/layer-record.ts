/** What the store knows of a layer: where its entries are listed, and the form that its archive is read from. */
import { isRecord } from "../../base/json-shape.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import type { EngineStore } from "../store/store.ts";
import { type ExactEncoding, type LayerForm, parseForm } from "./form.ts";

export interface LayerRecord {
  /** The blob that lists the entries. */
  readonly index: Digest;
  /** Bytes of the archive. */
  readonly size: number;
  /** The latest time of an entry, in seconds since the epoch; 0 when all are older. */
  readonly latestSeconds: number;
  /** The form it was first kept in: the archive as it is, or in chunks. */
  readonly home: ExactEncoding & LayerForm;
  /** The layer that the same step made the time before: most of its pieces are good for this one. */
  readonly previous?: Digest;
}

export async function findLayerRecord(store: EngineStore, diffId: Digest): Promise<LayerRecord | undefined> {
  const record = parse(await store.records.find("layer", diffId));
  if (!record) return undefined;
  for (const digest of partsOf(record)) store.lease(digest);
  return record;
}

export async function saveLayerRecord(store: EngineStore, diffId: Digest, record: LayerRecord): Promise<void> {
  await store.records.save("layer", diffId, { ...record, uses: partsOf(record) });
}

function partsOf({ index, home }: LayerRecord): readonly Digest[] {
  return home.chunks ? [index, home.digest, home.chunks] : [index, home.digest];
}

function parse(value: unknown): LayerRecord | undefined {
  if (!isRecord(value) || !isRecord(value.home)) return undefined;
  const { index, size, latestSeconds, previous } = value;
  const { compression, level } = value.home;
  const form = parseForm(value.home);
  if (typeof index !== "string" || !isDigest(index) || typeof size !== "number" || !form) return undefined;
  if (compression !== "uncompressed" && compression !== "gzip" && compression !== "zstd") return undefined;
  if (typeof level !== "number" || typeof latestSeconds !== "number") return undefined;
  return {
    index,
    size,
    latestSeconds,
    home: { ...form, compression, level },
    ...(typeof previous === "string" && isDigest(previous) ? { previous } : {}),
  };
}
