/** The files of layers, as a tree and as texts. */
import { Buffer } from "node:buffer";
import { allOrNone } from "../../execute/all-or-none.ts";
import type { Layer } from "../layer/layer.ts";
import { openContent } from "../layer/open-content.ts";
import type { FileContent } from "../tree/entry.ts";
import { layeredTree } from "../tree/layered-tree.ts";
import { resolvePath } from "../tree/resolve-path.ts";
import type { Tree } from "../tree/tree.ts";
import type { EngineServices } from "./services.ts";

const fetchesAtOnce = 8;

/** Layers that have not been looked into are fetched. */
export async function imageTree(
  layers: readonly Layer[],
  services: EngineServices,
  signal: AbortSignal,
): Promise<Tree> {
  return layeredTree(
    await allOrNone(layers, { atOnce: fetchesAtOnce, signal }, (layer, own) => services.layers.entries(layer, own)),
  );
}

/** `etc/passwd` and the like: beyond this size it is something else. */
const longestTextBytes = 16 << 20;

/** Reads a text of an image, links followed. Undefined when there is none. */
export function textReader(tree: Tree, services: EngineServices, signal: AbortSignal) {
  return async (path: string): Promise<string | undefined> => {
    const content = contentAt(tree, path);
    if (content === undefined || content.size > longestTextBytes) return undefined;
    return (await readAll(content, services, signal)).toString("utf8");
  };
}

/** Of a file, links followed. Undefined when there is no such file. */
export function contentAt(tree: Tree, path: string): FileContent | undefined {
  const entry = tree.lstat(resolvePath(tree, path, { followLast: true }));
  const file = entry?.type === "hardlink" ? tree.lstat(entry.target) : entry;
  return file?.type === "file" ? file.content : undefined;
}

export async function readAll(content: FileContent, { store }: EngineServices, signal: AbortSignal): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of openContent(store, content, signal)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
