/** What the file system says of the store, in words that help. */
import { errnoCode, messageOf, TsbakeError } from "../../base/errors.ts";

/**
 * A TsbakeError for anything thrown while the store was written or read: `engine/store-full`, `engine/store-unwritable` or
 * `engine/store-failed`. A TsbakeError stays as it is. `folder` is the store's.
 */
export function storeError(error: unknown, folder: string): TsbakeError {
  if (error instanceof TsbakeError) return error;
  switch (errnoCode(error)) {
    case "ENOSPC":
    case "EDQUOT":
      return new TsbakeError("engine/store-full", `there is no space left for the build cache in ${folder}`, {
        hint: "free some with tsbake prune --builder embedded, or set TSBAKE_CACHE_DIR to a folder on a larger disk",
        cause: error,
      });
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new TsbakeError("engine/store-unwritable", `the build cache in ${folder} cannot be written`, {
        hint: "set TSBAKE_CACHE_DIR to a folder of your own, or give yourself the permissions of this one",
        cause: error,
      });
    case "ENOTDIR":
    case "EEXIST":
      return new TsbakeError("engine/store-unwritable", `the build cache cannot be in ${folder}: ${messageOf(error)}`, {
        hint: "a file is where a folder should be: move it away, or set TSBAKE_CACHE_DIR",
        cause: error,
      });
    default:
      return new TsbakeError("engine/store-failed", `the build cache in ${folder} failed: ${messageOf(error)}`, {
        hint: "look at the disk; the folder may be removed at any time that no build is running, or set TSBAKE_CACHE_DIR",
        cause: error,
      });
  }
}
