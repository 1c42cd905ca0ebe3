/** Writing what a target was built to: the other side of what is staged and published in `create-exporters.ts`. */
import { Buffer } from "node:buffer";
import { createReadStream } from "node:fs";
import type { OfferedImage } from "../../execute/ports.ts";
import { renderDescriptor } from "../../oci/image-json.ts";
import { canonicalReference, createdAnnotation } from "../../oci/layout.ts";
import { formatReference } from "../../oci/reference.ts";
import { problems } from "../problems.ts";
import { attestImage } from "./attest/attest-image.ts";
import { type ComposedImage, composeImage, strayAnnotations } from "./compose-image.ts";
import { fetchLayers } from "./encode-layers.ts";
import { writeFiles } from "./files/write-files.ts";
import { checkImage, writeImage } from "./image/write-image.ts";
import { type ImageAttributes, readImageAttributes } from "./image-attributes.ts";
import type { WriteRequest } from "./request.ts";
import { writeLayoutArchive, writeLayoutFolder } from "./write-layout.ts";

const pieceBytes = 1 << 20;

/** The exporters the embedded engine has. */
export const embeddedExporters: ReadonlySet<string> = new Set(["image", "oci", "docker", "local", "tar"]);

/**
 * Resolves with the answer a node gives: `containerimage.digest`, `image.name`, … Rejects with a TsbakeError or a BuildFailure, or the
 * signal's reason; what had been written until then is for the receiver to discard.
 */
export async function writeExport(request: WriteRequest): Promise<ReadonlyMap<string, string>> {
  switch (request.exporter) {
    case "image":
      return await writeNamed(request);
    case "oci":
    case "docker":
      return await writeArchive(request);
    case "local":
    case "tar":
      return await writePlain(request);
    default:
      throw problems.notSupported(request.exporter, embeddedExporters);
  }
}

async function writeArchive(request: WriteRequest): Promise<ReadonlyMap<string, string>> {
  const { exporter, sink, signal } = request;
  const attributes = readImageAttributes(request);
  const docker = exporter === "docker";
  if (docker && request.results.length > 1) throw problems.severalPlatforms(request.target.name);
  const image = await compose(request, attributes);
  const names = attributes.names.map(canonicalReference).map(formatReference);
  const told = answer(image, names, image.created);
  if (sink.kind === "stream" && sink.take !== undefined) {
    const step = stepOf(request, "loading what is lacking");
    const taken = await sink.take(offered(image, told, step.progress), signal);
    step.done();
    if (taken) return told;
  }
  await fetchLayers(image.layers, signal);
  const step = stepOf(request, sink.kind === "folder" ? "writing layout" : "sending tarball");
  const options = { names: attributes.names, docker, signal, onProgress: step.progress };
  if (sink.kind === "folder") await writeLayoutFolder(image, await sink.open(), options);
  else if (sink.kind === "stream") await writeLayoutArchive(image, await sink.open(told), options);
  else throw new Error(`an export of type ${exporter} has no destination`);
  step.done();
  return told;
}

/** A layer of a base image is fetched when somebody wants it. */
function offered(
  { documents, layers }: ComposedImage,
  metadata: ReadonlyMap<string, string>,
  onProgress: (bytes: number, total: number) => void,
): OfferedImage {
  let bytes = 0;
  async function* read(digest: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const document = documents.find(({ descriptor }) => descriptor.digest === digest);
    if (document !== undefined) {
      yield document.bytes;
      return;
    }
    const layer = layers.find(({ descriptor }) => descriptor.digest === digest);
    if (layer === undefined) throw new Error(`${digest} is no part of the image`);
    for await (const piece of createReadStream(await layer.file(), { signal, highWaterMark: pieceBytes })) {
      yield piece;
      bytes += piece.length;
      onProgress(bytes, 0);
    }
  }
  return { metadata, read };
}

async function writeNamed(request: WriteRequest): Promise<ReadonlyMap<string, string>> {
  const attributes = readImageAttributes(request);
  checkImage(request, attributes);
  const image = await compose(request, attributes);
  const names = await writeImage(image, request, attributes);
  return answer(image, names);
}

/** Nodes have nothing to say of mere files. */
async function writePlain(request: WriteRequest): Promise<ReadonlyMap<string, string>> {
  const step = stepOf(request, request.exporter === "tar" ? "sending tarball" : "copying files");
  await writeFiles(request, step.progress);
  step.done();
  return new Map();
}

async function compose(request: WriteRequest, attributes: ImageAttributes): Promise<ComposedImage> {
  const { results, layers, signal, onWarning, invocation } = request;
  for (const platform of strayAnnotations(attributes.annotations, results)) {
    onWarning?.(`an annotation is for ${platform}, which is not built`, []);
  }
  const step = stepOf(request, "exporting layers");
  const image = await composeImage(results, {
    attributes,
    layers,
    signal,
    nowMs: invocation.finishedMs,
    attest: (each, index, encoded) => attestImage(request, attributes, { image: each, index, layers: encoded }),
    ...(onWarning === undefined ? {} : { onWarning }),
  });
  step.done();
  for (const { descriptor } of image.documents) {
    stepOf(request, `exporting ${kindOfDocument(descriptor.mediaType)} ${descriptor.digest}`).done();
  }
  return image;
}

/** What a node says of an image it has exported; of an archive also when it was made. */
function answer(
  { top, configDigest }: ComposedImage,
  names: readonly string[],
  created?: string,
): ReadonlyMap<string, string> {
  const annotations = { ...top.annotations, ...(created === undefined ? {} : { [createdAnnotation]: created }) };
  const descriptor = Object.keys(annotations).length === 0 ? top : { ...top, annotations };
  return new Map([
    ...(configDigest === undefined ? [] : [["containerimage.config.digest", configDigest] as const]),
    ["containerimage.descriptor", Buffer.from(renderDescriptor(descriptor)).toString("base64")],
    ["containerimage.digest", top.digest],
    ...(names.length === 0 ? [] : [["image.name", names.join(",")] as const]),
  ]);
}

interface ExportStep {
  readonly progress: (current: number, total: number) => void;
  readonly done: () => void;
}

function stepOf({ onStatus }: WriteRequest, id: string): ExportStep {
  let last = { current: 0, total: 0 };
  const tell = (done: boolean): void => onStatus?.({ id, ...last, done });
  tell(false);
  return {
    progress: (current, total) => {
      last = { current, total };
      tell(false);
    },
    done: () => tell(true),
  };
}

function kindOfDocument(mediaType: string): string {
  if (mediaType.includes("index") || mediaType.includes("manifest.list")) return "manifest list";
  if (mediaType.includes("manifest")) return "manifest";
  return mediaType.includes("in-toto") ? "attestation" : "config";
}
