/**
 * An OCI layout in a folder (`tar=false`): received like any folder, and then listed beside the images that the folder held before. A node
 * sends blobs only, or a layout of its own.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errnoCode } from "../base/errors.ts";
import { isRecord } from "../base/json-shape.ts";
import { withLock } from "../execute/folder-lock.ts";
import type { SolveResult, Waiting } from "../execute/ports.ts";
import { lockName } from "../execute/staging-name.ts";
import { type Descriptor, mediaTypes } from "../oci/descriptor.ts";
import { renderLayoutIndex } from "../oci/image-json.ts";
import { createdAnnotation, layoutMarker, nameAnnotation, namedDescriptors, refNameAnnotation } from "../oci/layout.ts";
import { readDescriptor, readReferences } from "../oci/read-document.ts";
import { parseReference } from "../oci/reference.ts";
import { stagedPath, stagingFolderFor } from "./destination.ts";
import { folderReceiver } from "./folder-receiver.ts";
import { problems, writeProblem } from "./problems.ts";
import type { Receiver } from "./receiver.ts";

export interface LayoutReceiver extends Omit<Receiver, "publish"> {
  /** Throws a TsbakeError. */
  readonly publish: (result: SolveResult, waiting?: Waiting) => Promise<void>;
}

/** A layout is a rename or a few: nobody takes longer, unless there are very many files. */
const patience = { patienceMs: 300_000, mostSilentMs: 60_000 };
const never = new AbortController().signal;

/** As `folderReceiver`. */
export async function layoutReceiver(path: string, shown: string): Promise<LayoutReceiver> {
  const receiver = await folderReceiver(path, shown, { replace: false });
  const { sink } = receiver;
  if (sink.kind !== "folder") throw new Error("a folder is not received as a folder");
  const publish = async ({ response }: SolveResult): Promise<void> => {
    const content = await sink.open();
    try {
      const own = (await readManifests(content, shown)) ?? fromResponse(response);
      if (own.length === 0) throw problems.incomplete(shown);
      const others = (await readManifests(path, shown)) ?? [];
      const manifests = [...others.filter((each) => !own.some((one) => isSame(one, each))), ...own];
      await writeFile(join(content, "oci-layout"), layoutMarker, { flag: "wx" }).catch((error: unknown) => {
        if (errnoCode(error) !== "EEXIST") throw error;
      });
      await writeFile(join(content, "index.json"), renderLayoutIndex({ mediaType: mediaTypes.ociIndex, manifests }));
    } catch (error) {
      throw writeProblem(shown, error);
    }
    await receiver.publish();
  };
  return {
    ...receiver,
    sink,
    publish: async (result, { signal, onWait } = { signal: never, onWait: () => {} }) => {
      await sink.open();
      // Of two images that are written into one folder at a time, here or by another process, each has to see the other.
      const lock = stagedPath(await stagingFolderFor(path), path, lockName);
      const options = {
        ...patience,
        signal,
        onWait: (owner: string) => onWait(`waiting for ${owner}, which is writing ${JSON.stringify(shown)} as well`),
      };
      await withLock(lock, options, () => publish(result)).catch((error: unknown) => {
        throw writeProblem(shown, error);
      });
    },
  };
}

/** Undefined when the folder has no index. */
async function readManifests(folder: string, shown: string): Promise<readonly Descriptor[] | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, "index.json"), "utf8");
  } catch (error) {
    if (errnoCode(error) === "ENOENT" || errnoCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
  if (!isIndexText(text)) throw problems.layoutUnreadable(shown);
  return readReferences(text);
}

function isIndexText(text: string): boolean {
  try {
    const index: unknown = JSON.parse(text);
    return isRecord(index) && Array.isArray(index.manifests);
  } catch {
    return false;
  }
}

/** What a node tells of the image whose blobs it has sent. */
function fromResponse(response: ReadonlyMap<string, string>): readonly Descriptor[] {
  const text = Buffer.from(response.get("containerimage.descriptor") ?? "", "base64").toString();
  let descriptor: Descriptor | undefined;
  try {
    descriptor = readDescriptor(JSON.parse(text));
  } catch {
    return [];
  }
  if (descriptor === undefined) return [];
  const names = (response.get("image.name") ?? "").split(",").flatMap((name) => {
    const reference = parseReference(name);
    return name !== "" && reference.ok ? [reference.value] : [];
  });
  const created = descriptor.annotations?.[createdAnnotation];
  return created === undefined ? [descriptor] : namedDescriptors(descriptor, names, created);
}

/** Whether a new entry takes the place of an old one: the same name, or the same image without a name. */
function isSame(own: Descriptor, old: Descriptor): boolean {
  const name = own.annotations?.[nameAnnotation];
  if (name !== undefined) return old.annotations?.[nameAnnotation] === name;
  return old.digest === own.digest && old.annotations?.[refNameAnnotation] === undefined;
}
