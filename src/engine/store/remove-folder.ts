/** Removes folders whatever the modes of what they hold. */
import { spawn } from "node:child_process";
import { chmod, lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { errnoCode } from "../../base/errors.ts";

/**
 * Nothing when it is gone already. Folders that are closed to us are opened first, where they are ours; what belongs to the sub-users of
 * rootless commands is removed as them. Links are not followed. Rejects with what the file system says when something stays.
 */
export async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 2 });
  } catch (error) {
    if (!isForbidden(error)) throw error;
    await openUp(folder);
    await rm(folder, { recursive: true, force: true }).catch(async (again: unknown) => {
      if (!isForbidden(again) || !(await removeAsSubUsers(folder))) throw again;
    });
  }
}

function isForbidden(error: unknown): boolean {
  return errnoCode(error) === "EACCES" || errnoCode(error) === "EPERM";
}

/** In a user namespace that has them all, where there is such a thing. Whether it worked. */
async function removeAsSubUsers(folder: string): Promise<boolean> {
  if (process.platform !== "linux" || process.geteuid?.() === 0) return false;
  const inNamespace = ["--user", "--map-root-user", "--map-auto", "--", "rm", "-rf", "--", folder];
  const child = spawn("unshare", inNamespace, { stdio: "ignore" });
  return new Promise((resolve) => {
    child.once("error", () => resolve(false));
    child.once("close", (code) => resolve(code === 0));
  });
}

async function openUp(folder: string): Promise<void> {
  const stats = await lstat(folder).catch(() => undefined);
  if (stats === undefined || !stats.isDirectory()) return;
  if ((stats.mode & 0o700) !== 0o700) await chmod(folder, 0o700).catch(() => {});
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) await openUp(join(folder, entry.name));
  }
}
