/** An image in a layout, made of parts whose blobs are there already. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isRecord } from "../../base/json-shape.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { sha256Digest } from "../../oci/digest.ts";
import { badPart, combine, partDigest } from "./combine.ts";

/** Writes the index into the layout in the folder, in the place of those of the parts. Rejects with a TsbakeError, or what the disk says. */
export async function writeLayoutIndex(
  folder: string,
  answers: readonly ReadonlyMap<string, string>[],
): Promise<Descriptor> {
  const own = answers.map((answer) => {
    const descriptor = descriptorOf(answer);
    if (descriptor === undefined) throw badPart("a node did not describe the image it made");
    return descriptor;
  });
  const parts = await Promise.all(
    answers.map(async (answer, index) => {
      const digest = partDigest(answer);
      const bytes = await readFile(blobPath(folder, digest));
      return { bytes, descriptor: { mediaType: own[index]?.mediaType ?? "", digest, size: bytes.length } };
    }),
  );
  const { bytes, mediaType } = combine(parts);
  const digest = sha256Digest(bytes);
  for (const part of parts) await rm(blobPath(folder, part.descriptor.digest), { force: true });
  await writeFile(blobPath(folder, digest), bytes);
  const annotations = own[0]?.annotations;
  return { mediaType, digest, size: bytes.length, ...(annotations === undefined ? {} : { annotations }) };
}

function blobPath(folder: string, digest: string): string {
  return join(folder, "blobs", ...digest.split(":"));
}

function descriptorOf(answer: ReadonlyMap<string, string>): Pick<Descriptor, "mediaType" | "annotations"> | undefined {
  const text = Buffer.from(answer.get("containerimage.descriptor") ?? "", "base64").toString();
  const document: unknown = text === "" ? undefined : JSON.parse(text);
  if (!isRecord(document) || typeof document.mediaType !== "string") return undefined;
  const { annotations } = document;
  if (!isRecord(annotations)) return { mediaType: document.mediaType };
  const texts = Object.entries(annotations).map(([key, value]) => [key, String(value)] as const);
  return { mediaType: document.mediaType, annotations: Object.fromEntries(texts) };
}
