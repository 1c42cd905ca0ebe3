/** Removes folders whatever the modes of what they hold. */
import { chmod, lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { errnoCode } from "../../base/errors.ts";

/** Nothing when it is gone already. Folders that are closed to us are opened first, where they are ours. Links are not followed. */
export async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 2 });
  } catch (error) {
    if (errnoCode(error) !== "EACCES" && errnoCode(error) !== "EPERM") throw error;
    await openUp(folder);
    await rm(folder, { recursive: true, force: true });
  }
}

async function openUp(folder: string): Promise<void> {
  const stats = await lstat(folder).catch(() => undefined);
  if (stats === undefined || !stats.isDirectory()) return;
  if ((stats.mode & 0o700) !== 0o700) await chmod(folder, 0o700).catch(() => {});
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) await openUp(join(folder, entry.name));
  }
}
