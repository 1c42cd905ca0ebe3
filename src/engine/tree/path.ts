/** Paths of entries: from the root, without a leading slash; `""` is the root. */

export function childPath(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

/** The folder that holds it; the root for the root. */
export function parentPath(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "" : path.slice(0, slash);
}

export function lastName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Whether the path is that of the folder, or below it. */
export function isWithin(path: string, folder: string): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}
