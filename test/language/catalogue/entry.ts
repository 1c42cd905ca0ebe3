/** What docs/diagnostics.md says of a code, and a file that brings it about. */
export interface Entry {
  /** What to do about it, one sentence or more. */
  readonly fix: string;
  /** The text of `docker-bake.hcl`, or files by name; those whose text is not worth showing are `extra`. */
  readonly example?: string | Readonly<Record<string, string>>;
  /** Why there is no example. */
  readonly noExample?: string;
  readonly circumstances?: Circumstances;
  /** What the code means, where no catalogue of a room says it. */
  readonly meaning?: string;
}

export interface Circumstances {
  /** Files that are there, too. */
  readonly extra?: Readonly<Record<string, string>>;
  /** Named with -f. Default: those that are found. */
  readonly files?: readonly string[];
  readonly targets?: readonly string[];
  readonly set?: readonly string[];
  readonly allow?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly environmentFiles?: readonly string[];
  readonly portable?: boolean;
  /** A command that finds it, where neither `build` nor `check` does. */
  readonly command?: readonly string[];
}

export type Entries = Readonly<Record<string, Entry>>;
