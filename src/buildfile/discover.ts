/**
 * Which files of a folder are build files when none is named (spec bake-language, section 2.1).
 *
 * A folder that bake reads means exactly what it means to bake; our own names count only where bake would find nothing.
 */

export type BuildFileKind = "compose" | "hcl" | "json" | "toml";

/** The names bake looks for, in the order they are read. Several may exist; all are read. */
export const bakeFileNames: readonly string[] = [
  "compose.yaml",
  "compose.yml",
  "docker-compose.yml",
  "docker-compose.yaml",
  "docker-bake.json",
  "docker-bake.hcl",
  "docker-bake.override.json",
  "docker-bake.override.hcl",
];

/** Our own names, looked for when none of bake's exists. Several may exist; all are read, overrides last. */
export const ownFileNames: readonly string[] = [
  "docker-bake.toml",
  ...namesOf("bake"),
  ...namesOf("tsbake"),
  "docker-bake.override.toml",
  ...namesOf("bake.override"),
  ...namesOf("tsbake.override"),
];

export const defaultFileNames: readonly string[] = [...bakeFileNames, ...ownFileNames];

export interface Discovery {
  /** To be read, in this order. */
  readonly files: readonly string[];
  /** Files of our own names that are left out because a name of bake's exists; worth a note to the user. */
  readonly leftOut: readonly string[];
}

/** `present` are the names in the folder that are non-empty files. */
export function discoverFiles(present: ReadonlySet<string>): Discovery {
  const bake = bakeFileNames.filter((name) => present.has(name));
  const own = ownFileNames.filter((name) => present.has(name));
  return bake.length > 0 ? { files: bake, leftOut: own } : { files: own, leftOut: [] };
}

/** The kind a file's name decides; undefined when only its content can tell. */
export function formatOf(name: string): BuildFileKind | undefined {
  const lower = name.toLowerCase();
  if (lower.endsWith(".yaml") || lower.endsWith(".yml")) return "compose";
  if (name.endsWith(".json")) return "json";
  if (name.endsWith(".hcl")) return "hcl";
  if (lower.endsWith(".toml")) return "toml";
  return undefined;
}

function namesOf(stem: string): readonly string[] {
  return [`${stem}.json`, `${stem}.hcl`, `${stem}.toml`];
}
