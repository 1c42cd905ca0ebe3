/** What a `.dockerignore` leaves out, as far as one path is concerned. */
import { cleanPath } from "../../../base/path.ts";
import { compilePattern } from "../../../plan/match-pattern.ts";

/** True when the ignore file leaves out the path or a folder it is in; `path` is relative to the context. The last pattern that fits decides. */
export function isIgnored(path: string, ignoreFile: string): boolean {
  const parts = path.split("/");
  let ignored = false;
  for (const line of ignoreFile.split(/\r?\n/)) {
    const text = line.trim();
    if (text === "" || text.startsWith("#")) continue;
    const excepts = text.startsWith("!");
    const pattern = cleanPath((excepts ? text.slice(1) : text).trim()).replace(/^\//, "");
    if (fits(pattern.split("/"), parts)) ignored = !excepts;
  }
  return ignored;
}

/** Whether the pattern fits the path or a folder on the way to it. Takes at most pattern times path steps. */
function fits(pattern: readonly string[], path: readonly string[]): boolean {
  let reached = new Set([0]);
  for (const part of pattern) {
    if (part === "**") {
      const least = Math.min(...reached);
      reached = new Set(Array.from({ length: path.length - least + 1 }, (_, i) => least + i));
      continue;
    }
    const matches = compilePattern(part);
    if (matches === undefined) return false;
    reached = new Set([...reached].filter((at) => at < path.length && matches(path[at] ?? "")).map((at) => at + 1));
    if (reached.size === 0) return false;
  }
  return true;
}
