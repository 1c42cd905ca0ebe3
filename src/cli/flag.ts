/** How a command's flags are described; parsing, help and completion all read these tables. */

export interface Flag {
  /** Without dashes: `no-cache`. */
  readonly name: string;
  readonly short?: string;
  readonly kind: FlagKind;
  /** What stands for the value in the help: `FILE`. */
  readonly placeholder?: string;
  /** The values to choose from; anything else is refused. */
  readonly choices?: readonly string[];
  readonly description: string;
  /** Heading in the help. */
  readonly group: string;
  /** Accepted but not shown. */
  readonly hidden?: boolean;
}

/**
 * - `switch`: `--push`, also `--push=false`; never takes the next word.
 * - `text`: `--progress plain` or `--progress=plain`; given twice, the last counts.
 * - `list`: like text, may repeat, order kept.
 */
export type FlagKind = "switch" | "text" | "list";

/** What was given, by flag name. A flag that was not given has no entry. */
export interface ParsedFlags {
  /** Words that are not flags, in order. */
  readonly words: readonly string[];
  readonly switch: (name: string) => boolean | undefined;
  readonly text: (name: string) => string | undefined;
  readonly list: (name: string) => readonly string[];
}

/** The user called the program in a way it does not understand; exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}
