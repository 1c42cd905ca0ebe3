/** Slash paths as text, for rooms that read no disk. */

/**
 * The shortest path that means the same: no `.`, no empty parts, `..` resolved where it can be. The empty path is `.`; a trailing slash goes.
 */
export function cleanPath(path: string): string {
  const rooted = path.startsWith("/");
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") kept.push(part);
    else if (kept.length > 0 && kept[kept.length - 1] !== "..") kept.pop();
    else if (!rooted) kept.push(part);
  }
  const joined = kept.join("/");
  return rooted ? `/${joined}` : joined || ".";
}

/** `path` seen from where `folder` is seen from, cleaned; an absolute `path` stays. */
export function joinPath(folder: string, path: string): string {
  return cleanPath(path.startsWith("/") ? path : `${folder}/${path}`);
}
