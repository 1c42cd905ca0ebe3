/** Paths relative to the folder of their build file, when `BUILDX_BAKE_FILE_RELATIVE_PATHS` asks for it (spec section 2.4). */
import { joinPath } from "../../../base/path.ts";
import { isNamedOnly, isRemoteContext } from "../../attributes/context.ts";

/** The path seen from the working folder. Empty, absolute, remote and prefixed ones stay as they are. */
export function joinToFolder(folder: string, path: string): string {
  if (path === "" || path.startsWith("/") || path.startsWith("cwd://")) return path;
  return isNamedOnly(path) || isRemoteContext(path) ? path : joinPath(folder, path);
}
