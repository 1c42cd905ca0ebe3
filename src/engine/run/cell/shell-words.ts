/** Text for the shell of a cell, and for the tables of mount(8). */

/** One word of a POSIX shell that stands for the text, whatever is in it. */
export function quoted(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A command of several words. */
export function commandOf(words: readonly string[]): string {
  return words.map(quoted).join(" ");
}

/** One mount, as a line of fstab(5). */
export interface MountLine {
  readonly source: string;
  /** Absolute. */
  readonly target: string;
  /** `none` for binds. */
  readonly type: string;
  readonly options: readonly string[];
}

export function tableOf(lines: readonly MountLine[]): string {
  return lines
    .map(
      ({ source, target, type, options }) =>
        `${field(source)} ${field(target)} ${type} ${field(options.join(","))} 0 0\n`,
    )
    .join("");
}

function field(text: string): string {
  return text.replace(/[\\\s#]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`);
}
