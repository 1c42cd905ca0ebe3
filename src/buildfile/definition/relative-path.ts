/** Paths relative to the folder of their build file, when `BUILDX_BAKE_FILE_RELATIVE_PATHS` asks for it (spec section 2.4). */
import { joinPath } from "../../base/path.ts";

const remote = /^(?:https?|git|ssh):\/\/|^github\.com\/|^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:/;
const prefixed = /^(?:cwd:\/\/|target:|docker-image:|oci-layout:\/\/)/;

/** The path seen from the working folder. Empty, absolute, remote and prefixed ones stay as they are. */
export function joinToFolder(folder: string, path: string): string {
  if (path === "" || path.startsWith("/") || prefixed.test(path) || remote.test(path)) return path;
  return joinPath(folder, path);
}
