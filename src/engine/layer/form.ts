/** A layer in one encoding, as it is kept: the blob, and where in it each chunk of the archive is. */
import { isRecord } from "../../base/json-shape.ts";
import { BuildFailure } from "../../execute/ports.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import type { EngineStore } from "../store/store.ts";
import { codecVersion } from "./codec/codec-version.ts";
import type { Compression, Encoding } from "./layer.ts";

/** An encoding with its level written out. */
export interface ExactEncoding {
  readonly compression: Compression;
  /** 0 where there is none. */
  readonly level: number;
}

export interface LayerForm {
  /** Of the blob. */
  readonly digest: Digest;
  /** Of the blob, in bytes. */
  readonly size: number;
  /** Of what the blob holds when unpacked. */
  readonly diffId: Digest;
  /** The blob with the chunk table; absent where there are no chunks to be found by it. */
  readonly chunks?: Digest;
  readonly annotations?: Readonly<Record<string, string>>;
}

const defaultLevels: Readonly<Record<Compression, number>> = { uncompressed: 0, gzip: 6, estargz: 6, zstd: 3 };

const highestLevels: Readonly<Record<Compression, number>> = { uncompressed: 0, gzip: 9, estargz: 9, zstd: 22 };

/** Throws a BuildFailure for a level that the codec does not have. */
export function exactEncoding({ compression, level }: Encoding): ExactEncoding {
  if (compression === "uncompressed" || level === undefined) return { compression, level: defaultLevels[compression] };
  const highest = highestLevels[compression];
  if (Number.isInteger(level) && level >= 0 && level <= highest) return { compression, level };
  throw new BuildFailure("build/bad-compression-level", `${compression} has no compression level ${level}`, {
    hint: `take one from 0 to ${highest}, or none`,
  });
}

/** The form of a layer, when it is whole in the store. */
export async function findForm(
  store: EngineStore,
  diffId: Digest,
  encoding: ExactEncoding,
): Promise<LayerForm | undefined> {
  const form = parseForm(await store.records.find("blob", formKey(diffId, encoding)));
  if (!form || (await store.blobs.size(form.digest)) !== form.size) return undefined;
  store.lease(form.digest);
  if (form.chunks) store.lease(form.chunks);
  return form;
}

export async function saveForm(
  store: EngineStore,
  diffId: Digest,
  encoding: ExactEncoding,
  form: LayerForm,
): Promise<void> {
  const uses = form.chunks ? [form.digest, form.chunks] : [form.digest];
  await store.records.save("blob", formKey(diffId, encoding), { ...form, uses });
}

/** Another version of a codec makes other bytes of the same layer: what one made is not passed off as the other's. */
function formKey(diffId: Digest, encoding: ExactEncoding): string {
  return `${diffId} ${encoding.compression} ${encoding.level} ${codecVersion(encoding.compression)}`;
}

export function parseForm(value: unknown): LayerForm | undefined {
  if (!isRecord(value) || typeof value.size !== "number") return undefined;
  const { digest, diffId, chunks, annotations } = value;
  if (typeof digest !== "string" || !isDigest(digest) || typeof diffId !== "string" || !isDigest(diffId))
    return undefined;
  if (chunks !== undefined && (typeof chunks !== "string" || !isDigest(chunks))) return undefined;
  return {
    digest,
    diffId,
    size: value.size,
    ...(chunks === undefined ? {} : { chunks }),
    ...(isRecord(annotations) ? { annotations: textsOf(annotations) } : {}),
  };
}

function textsOf(record: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(record).filter((pair): pair is [string, string] => typeof pair[1] === "string"),
  );
}
