/** What a scanner has found, as statements; where an image holds it, with the layers that files are in. */
import { isRecord } from "../../../base/json-shape.ts";
import type { StageResult } from "../../../engine/result.ts";
import type { ScanDocument } from "../../../engine/scan/scan-document.ts";
import type { JsonTree } from "../../../oci/json-text.ts";
import type { Statement, Subject } from "../attestation-manifest.ts";
import type { EncodedLayer } from "../encode-layers.ts";
import type { WriteRequest } from "../request.ts";

/** What is about nothing in particular is about the subject. */
export function scannedStatement(
  { predicateType, predicate, subjects }: ScanDocument,
  subject: readonly Subject[],
): Statement {
  return { predicateType, subject: subjects.length === 0 ? subject : subjects, predicate: toTree(predicate) };
}

export interface LayeredResult {
  readonly result: StageResult;
  /** As they are written, one for each of the result. */
  readonly layers: readonly EncodedLayer[];
}

/**
 * Each file that the scan of an image lists gets a comment with the layer it is in, unless it has one, and we are told of as one of those
 * that made the document. Other documents are left as they are.
 */
export async function withLayers(
  document: ScanDocument,
  image: LayeredResult,
  request: Pick<WriteRequest, "layers" | "signal">,
): Promise<ScanDocument> {
  const { predicate, isCore } = document;
  if (!isCore || !isRecord(predicate)) return document;
  const layerOf = Array.isArray(predicate.files) ? await layerFinder(image, request) : () => undefined;
  const files = Array.isArray(predicate.files)
    ? { files: predicate.files.map((file) => commented(file, layerOf)) }
    : {};
  return { ...document, predicate: { ...predicate, ...files, creationInfo: withCreator(predicate.creationInfo) } };
}

type LayerOf = (path: string) => string | undefined;

function commented(file: unknown, layerOf: LayerOf): unknown {
  if (!isRecord(file) || typeof file.fileName !== "string" || (file.comment ?? "") !== "") return file;
  const layer = layerOf(file.fileName);
  return layer === undefined ? file : { ...file, comment: `layerID: ${layer}` };
}

function withCreator(info: unknown): unknown {
  const known = isRecord(info) ? info : {};
  const creators: readonly unknown[] = Array.isArray(known.creators) ? known.creators : [];
  return { ...known, creators: [...creators, "Tool: tsbake"] };
}

/** The highest layer that a path is in, unless only to say that it is gone. */
async function layerFinder(
  { result, layers }: LayeredResult,
  { layers: store, signal }: Pick<WriteRequest, "layers" | "signal">,
): Promise<LayerOf> {
  const digests = new Map<string, string>();
  for (const [index, layer] of result.layers.entries()) {
    const digest = layers[index]?.descriptor.digest;
    if (digest === undefined) continue;
    for (const { type, path } of await store.entries(layer, signal)) if (type !== "whiteout") digests.set(path, digest);
  }
  return (path) => digests.get(path.replace(/^(?:\.?\/)+/, ""));
}

/** Keys in order, as Go has them. */
function toTree(value: unknown): JsonTree {
  if (Array.isArray(value)) return value.map(toTree);
  if (isRecord(value)) return new Map(Object.entries(value).map(([key, each]) => [key, toTree(each)]));
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}
