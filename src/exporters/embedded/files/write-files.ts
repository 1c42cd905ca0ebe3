/** `type=local` and `type=tar`: the files of results, with their attestations beside. */

import { posix } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { encodeHeader, headersOf } from "../../../engine/layer/tar/go-tar.ts";
import type { TreeEntry } from "../../../engine/tree/entry.ts";
import { platformFolder } from "../../../oci/platform.ts";
import { booleanAttribute } from "../../attributes.ts";
import { problems, writeProblem } from "../../problems.ts";
import { ArchiveStream } from "../archive-stream.ts";
import { attestFiles } from "../attest/attest-files.ts";
import { treeOf } from "../attest/attest-image.ts";
import { FileContents } from "../file-contents.ts";
import { readEpoch } from "../image-attributes.ts";
import type { WriteRequest } from "../request.ts";
import { exportEntries, type PlatformFiles } from "./export-entries.ts";
import { writeTree } from "./write-tree.ts";

/** Others get their turn after some hundred entries. */
const entriesAtOnce = 256;

export type Progress = (current: number, total: number) => void;

/** Into a folder that the sink opens, or as a stream: what is there is decided by the sink. Resolves when all is written. */
export async function writeFiles(request: WriteRequest, onProgress: Progress): Promise<void> {
  const { exporter, attributes, sink, signal, onWarning, invocation } = request;
  const output = { type: exporter, attributes };
  const epochSeconds = readEpoch(output) ?? request.epochSeconds;
  const several = new Set(request.results.map(({ platform }) => platformFolder(platform))).size > 1;
  // An archive of several platforms has always had a folder for each.
  const split = booleanAttribute(output, "platform-split") ?? several;
  const parts = await gather(request);
  const entries = exportEntries(parts, {
    split: exporter === "tar" && several ? true : split,
    nowSeconds: Math.floor(invocation.finishedMs / 1000),
    ...(epochSeconds === undefined ? {} : { epochSeconds }),
  });
  const contents = new FileContents(request.store);
  try {
    if (sink.kind === "stream") {
      const stream = await sink.open(new Map());
      const archive = new ArchiveStream(stream, { signal, onProgress: (bytes) => onProgress(bytes, 0) });
      await writeArchive(entries, archive, contents, signal);
    } else if (sink.kind === "folder") {
      const folder = await sink.open();
      const options = {
        contents,
        signal,
        privileged: process.getuid?.() === 0,
        onProgress: (bytes: number) => onProgress(bytes, 0),
        ...(onWarning === undefined ? {} : { onWarning }),
      };
      await writeTree(entries, folder, options).catch((error: unknown) => {
        signal.throwIfAborted();
        throw writeProblem(folder, error);
      });
    } else throw new Error(`an export of type ${exporter} has no destination`);
  } finally {
    contents.close();
  }
}

async function gather(request: WriteRequest): Promise<readonly PlatformFiles[]> {
  const prefix = request.attributes.get("attestation-prefix") ?? "";
  const parts: PlatformFiles[] = [];
  for (const [index, result] of request.results.entries()) {
    const tree = await treeOf(request, index);
    const beside = await attestFiles(request, index, tree);
    const named = [...beside].map(([name, text]) => [`${prefix}${name}`, text] as const);
    const astray = named.find(([name]) => posix.resolve("/", name) !== `/${name}`);
    if (astray !== undefined) {
      throw problems.badParameter(request.exporter, "attestation-prefix", prefix, "what names of files begin with");
    }
    parts.push({ platform: result.platform, tree, beside: new Map(named) });
  }
  return parts;
}

async function writeArchive(
  entries: Iterable<TreeEntry>,
  archive: ArchiveStream,
  contents: FileContents,
  signal: AbortSignal,
): Promise<void> {
  let count = 0;
  for (const entry of entries) {
    for (const header of headersOf(entry)) await archive.write(encodeHeader(header));
    if (entry.type === "file") {
      await contents.read(entry, signal, (piece) => archive.write(piece));
      await archive.pad(entry.content.size);
    }
    if (++count % entriesAtOnce === 0) await nextTurn();
  }
  await archive.end();
}
