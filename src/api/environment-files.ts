/** Reads the env files that `--env-file` names. */
import type { Checked, Diagnostic } from "../base/diagnostic.ts";
import { errnoCode, messageOf } from "../base/errors.ts";
import { type EnvironmentEntry, layEnvironmentEntries, parseEnvironmentFile } from "../buildfile/environment-file.ts";
import { readSource } from "./build-files.ts";

/** By name; later files win. A file that cannot be read and a line that makes no sense are diagnostics. */
export function readEnvironmentFiles(
  paths: readonly string[],
  workingFolder: string,
): Checked<ReadonlyMap<string, EnvironmentEntry>> {
  const entries: EnvironmentEntry[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const path of paths) {
    try {
      const parsed = parseEnvironmentFile(readSource(path, workingFolder));
      for (const entry of parsed.value) entries.push(entry);
      diagnostics.push(...parsed.diagnostics);
    } catch (error) {
      diagnostics.push(unreadable(path, error));
    }
  }
  return { value: layEnvironmentEntries(entries), diagnostics };
}

function unreadable(path: string, error: unknown): Diagnostic {
  const missing = errnoCode(error) === "ENOENT";
  const message = missing ? `env file ${path} does not exist` : `env file ${path} cannot be read: ${messageOf(error)}`;
  return { code: missing ? "buildfile/file-not-found" : "buildfile/file-unreadable", severity: "error", message };
}
