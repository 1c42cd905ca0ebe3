/** The packages in a file system, read from the databases of package managers: of Debian, of Alpine, and those of npm. */
import { compareBytes } from "../../../base/text.ts";
import { resolvePath } from "../../../engine/tree/resolve-path.ts";
import type { Tree } from "../../../engine/tree/tree.ts";
import { walk } from "../../../engine/tree/walk.ts";
import { FileContents } from "../file-contents.ts";
import type { WriteRequest } from "../request.ts";
import { readAlpineDatabase } from "./packages/alpine.ts";
import { readDebianDatabase } from "./packages/debian.ts";
import { readNpmPackage } from "./packages/npm.ts";
import type { InstalledPackage } from "./packages/package.ts";
import { readSystemRelease } from "./packages/system-release.ts";

/** Databases are large, manifests are not; beyond it a file is not what its name says. */
const largestDatabaseBytes = 64 << 20;
const largestManifestBytes = 1 << 20;

const debian = ["var/lib/dpkg/status"];
const distroless = "var/lib/dpkg/status.d";
const alpine = ["lib/apk/db/installed", "usr/lib/apk/db/installed"];

/** Sorted, each once. What cannot be read as a database is passed over. */
export async function listPackages(
  tree: Tree,
  { store, signal }: Pick<WriteRequest, "store" | "signal">,
): Promise<readonly InstalledPackage[]> {
  const contents = new FileContents(store);
  try {
    return await listAll(tree, (path, most) => readText(tree, path, { contents, signal, most }));
  } finally {
    contents.close();
  }
}

/** Undefined for what is no file, or a larger one. */
type Read = (path: string, most: number) => Promise<string | undefined>;

async function listAll(tree: Tree, read: Read): Promise<readonly InstalledPackage[]> {
  const release = readSystemRelease(
    (await read("etc/os-release", largestManifestBytes)) ?? (await read("usr/lib/os-release", largestManifestBytes)),
  );
  const found: InstalledPackage[] = [];
  const parts = tree.names(resolved(tree, distroless)).filter((name) => !name.endsWith(".md5sums"));
  for (const path of [...debian, ...parts.map((name) => `${distroless}/${name}`)]) {
    const text = await read(path, largestDatabaseBytes);
    if (text !== undefined) found.push(...readDebianDatabase(text, { path, release }));
  }
  // They may be one file: /lib is often a link.
  for (const path of new Set(alpine.map((each) => resolved(tree, each)))) {
    const text = await read(path, largestDatabaseBytes);
    if (text !== undefined) found.push(...readAlpineDatabase(text, { path, release }));
  }
  for (const path of npmManifests(tree)) {
    const text = await read(path, largestManifestBytes);
    const own = text === undefined ? undefined : readNpmPackage(text, path);
    if (own !== undefined) found.push(own);
  }
  const byPlace = new Map(found.map((each) => [`${each.purl} ${each.path}`, each]));
  return [...byPlace].sort(([a], [b]) => compareBytes(a, b)).map(([, each]) => each);
}

/** `node_modules/x/package.json` and `node_modules/@scope/x/package.json`, wherever they are. */
function* npmManifests(tree: Tree): Generator<string> {
  for (const { type, path } of walk(tree)) {
    if (type === "file" && /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/@][^/]*\/package\.json$/.test(path)) yield path;
  }
}

interface Reading {
  readonly contents: FileContents;
  readonly signal: AbortSignal;
  readonly most: number;
}

async function readText(tree: Tree, path: string, { contents, signal, most }: Reading): Promise<string | undefined> {
  let entry = tree.lstat(resolved(tree, path));
  if (entry?.type === "hardlink") entry = tree.lstat(entry.target);
  if (entry?.type !== "file" || entry.content.size > most) return undefined;
  const decoder = new TextDecoder();
  let text = "";
  await contents.read(entry, signal, (piece) => {
    text += decoder.decode(piece, { stream: true });
  });
  return text + decoder.decode();
}

function resolved(tree: Tree, path: string): string {
  try {
    return resolvePath(tree, path, { followLast: true });
  } catch {
    // Links in a circle: nothing is there.
    return path;
  }
}
