/** `os-release` (os-release(5)). */
import type { SystemRelease } from "./package.ts";

/** Empty when there is none. */
export function readSystemRelease(text: string | undefined): SystemRelease {
  const fields = new Map<string, string>();
  for (const line of (text ?? "").split("\n")) {
    const [, key, value] = /^([A-Z_]+)=(.*)$/.exec(line.trim()) ?? [];
    if (key !== undefined && value !== undefined) fields.set(key, value.replace(/^(["'])(.*)\1$/, "$2"));
  }
  const id = fields.get("ID");
  const version = fields.get("VERSION_ID");
  return { ...(id ? { id } : {}), ...(version ? { version } : {}) };
}
