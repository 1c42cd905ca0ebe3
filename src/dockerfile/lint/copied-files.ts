/** Files that COPY asks for and the ignore file leaves out. */
import { cleanPath } from "../../base/path.ts";
import type { IgnoreFilter } from "../ignore/ignore-filter.ts";
import type { AddInstruction, CopyInstruction } from "../instruction.ts";
import type { Findings } from "./finding.ts";

/** Nothing is said where the file brings things back: what is left out of a folder then is no simple question. */
export function checkCopySource(
  source: string,
  instruction: CopyInstruction | AddInstruction,
  { ignore, findings }: { readonly ignore: IgnoreFilter; readonly findings: Findings },
): void {
  const added = instruction.keyword === "ADD";
  if (ignore.patterns.length === 0 || ignore.hasExceptions || (added && isRemote(source))) return;
  const path = cleanPath(source);
  const root = path === "." || path === "/";
  if (root && !ignore.patterns.some((pattern) => /^(?:\*|\*\*|\*\*\/\*)$/.test(pattern))) return;
  if (!ignore.leavesOut(path)) return;
  const message = `Attempting to ${added ? "Add" : "Copy"} file ${JSON.stringify(path)} that is excluded by .dockerignore`;
  findings.add("CopyIgnoredFile", instruction, message);
}

function isRemote(source: string): boolean {
  return /^(?:https?|git|ssh):\/\/|^git@|^github\.com\//.test(source);
}
