/** SSH agents and keys: `default`, `id=path,path`, or an object. */
import { type Parsed, parsed } from "../../base/parsed.ts";
import type { SshEntry } from "./entries.ts";

/** `id[=path[,path…]]`; this form knows no quoting. */
export function parseSshText(text: string): Parsed<SshEntry> {
  const equals = text.indexOf("=");
  if (equals === -1) return parsed({ id: text, paths: [] });
  const paths = text.slice(equals + 1).split(",");
  return parsed({ id: text.slice(0, equals), paths: paths.filter((path) => path !== "") });
}

/** The object form; its `paths` are a list, so they come beside the text entries. */
export function sshFromEntries(entries: ReadonlyMap<string, string>, paths: readonly string[]): Parsed<SshEntry> {
  return parsed({ id: entries.get("id") ?? "", paths: paths.filter((path) => path !== "") });
}
