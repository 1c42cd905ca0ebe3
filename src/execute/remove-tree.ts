/** Removing what was staged, however its permissions are set. */
import { chmod, lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** Removes a file or a folder with all it holds; links are not followed. Nothing there is fine. Never throws. */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch {
    // A folder of an image may forbid even its owner to remove what is in it.
    await allowWriting(path).catch(() => {});
    await rm(path, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
  }
}

async function allowWriting(path: string): Promise<void> {
  const { mode } = await lstat(path);
  await chmod(path, (mode & 0o777) | 0o700);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await allowWriting(join(path, entry.name));
  }
}
