/** What entries are but for their times, as bytes to be hashed: different lists never give the same ones. */
import type { Hash } from "node:crypto";
import type { FileEntry, TreeEntry } from "../tree/entry.ts";

/** Hexadecimal. */
export type DigestOf = (entry: FileEntry) => string | Promise<string>;

/** So much text is handed to the hash at once, about. */
const pieceLength = 1 << 16;

export async function hashEntries(hash: Hash, entries: Iterable<TreeEntry>, digestOf: DigestOf): Promise<void> {
  let text = "";
  for (const entry of entries) {
    let detail = "";
    if (entry.type === "file") {
      const digest = digestOf(entry);
      detail = `${entry.content.size} ${typeof digest === "string" ? digest : await digest}`;
    } else if (entry.type === "symlink" || entry.type === "hardlink") detail = entry.target;
    else if ("major" in entry) detail = `${entry.major}:${entry.minor}`;
    const { path, type, mode, uid, gid } = entry;
    const capability = entry.capability === undefined ? "" : Buffer.from(entry.capability).toString("hex");
    // Names and link targets may hold anything, so their lengths come first.
    text += `${path.length}:${path}${type} ${mode} ${uid} ${gid} ${capability} ${detail.length}:${detail}`;
    if (text.length < pieceLength) continue;
    hash.update(text);
    text = "";
  }
  hash.update(text);
}
