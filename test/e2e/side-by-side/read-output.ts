/** Reads what exporters wrote: image archives, layouts in folders, archives of files, folders of files. */
import { createHash } from "node:crypto";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { isRecord, type Json, parseJson } from "./mask.ts";
import { describeEntry, entriesOf, readLinks } from "./read-image.ts";

/** All that is in a folder, file by file, archives and layouts with what they hold. */
export async function readOutput(path: string): Promise<Json> {
  if (!(await lstat(path)).isDirectory()) return readFileOutput(path);
  if ((await readdir(path)).includes("oci-layout")) return readLayout(await filesOf(path));
  return readFolder(path);
}

async function readFileOutput(path: string): Promise<Json> {
  const bytes = await readFile(path);
  if (path.endsWith(".json")) return parseJson(bytes);
  const files = new Map<string, Uint8Array>();
  const lines: string[] = [];
  for await (const { header, content } of entriesOf(bytes)) {
    files.set(header.name, content);
    lines.push(describeEntry(header, header.name.startsWith("blobs/") ? Buffer.alloc(0) : content));
  }
  return files.has("oci-layout") ? readLayout(files) : lines;
}

/** `manifest.json` is there for `docker load`. */
async function readLayout(files: ReadonlyMap<string, Uint8Array>): Promise<Json> {
  const read = async (digest: string): Promise<Uint8Array | undefined> =>
    files.get(`blobs/${digest.replace(":", "/")}`);
  const documents = ["oci-layout", "index.json", "manifest.json"].flatMap((name) => {
    const bytes = files.get(name);
    return bytes === undefined ? [] : [[name, parseJson(bytes)] as const];
  });
  return Object.fromEntries(
    await Promise.all(
      documents.map(async ([name, document]) => [
        name,
        isRecord(document) ? await readLinks(document, read) : document,
      ]),
    ),
  );
}

async function filesOf(folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(path.slice(folder.length + 1), await readFile(path));
  }
  return files;
}

async function readFolder(folder: string): Promise<Json> {
  const described = await Promise.all(
    (await readdir(folder)).sort().map(async (name): Promise<readonly [string, Json]> => {
      const path = join(folder, name);
      const found = await lstat(path);
      const mode = (found.mode & 0o7777).toString(8);
      if (found.isDirectory()) return [`${name}/ ${mode}`, await readFolder(path)];
      if (found.isSymbolicLink()) return [name, `-> ${await readlink(path)}`];
      const bytes = await readFile(path);
      if (name.endsWith(".json")) return [`${name} ${mode}`, parseJson(bytes)];
      return [`${name} ${mode}`, createHash("sha256").update(bytes).digest("hex").slice(0, 16)];
    }),
  );
  return Object.fromEntries(described);
}
