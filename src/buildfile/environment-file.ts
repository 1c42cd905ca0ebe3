/**
 * Env files: lines of `NAME=value` that give variables of build files their values. Read as `util.parseEnv` of Node reads them, but a
 * line it would pass over is reported.
 */
import { type Checked, DiagnosticList } from "../base/diagnostic.ts";
import type { Source, Span } from "../base/span.ts";
import { includeProblem } from "./include/problems.ts";

/** What an env file says of one variable. */
export interface EnvironmentEntry {
  readonly name: string;
  readonly text: string;
  /** The name, in the file. */
  readonly span: Span;
  /** What an earlier line or file said of it. */
  readonly replaced?: EnvironmentEntry;
}

/** The entries in the order of the lines; a name may come twice. */
export function parseEnvironmentFile(source: Source): Checked<readonly EnvironmentEntry[]> {
  const reader = new Reader(source);
  reader.run();
  return { value: reader.entries, diagnostics: reader.report.items };
}

/** By name; of several entries of one name the latest, with the earlier ones behind it. */
export function layEnvironmentEntries(entries: Iterable<EnvironmentEntry>): ReadonlyMap<string, EnvironmentEntry> {
  const byName = new Map<string, EnvironmentEntry>();
  for (const entry of entries) {
    const replaced = byName.get(entry.name);
    byName.set(entry.name, replaced ? { ...entry, replaced } : entry);
  }
  return byName;
}

const form = "write NAME=value; quotes keep spaces and #, and a # begins a comment";
const validName = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const quotes = ['"', "'", "`"];

class Reader {
  readonly entries: EnvironmentEntry[] = [];
  readonly report: DiagnosticList = new DiagnosticList();
  readonly #source: Source;
  #at = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  run(): void {
    const { text } = this.#source;
    // A byte order mark is no part of the first name.
    if (text.startsWith("\ufeff")) this.#at = 1;
    while (this.#at < text.length) this.#statement();
  }

  /** One line, or as many as the quotes of its value take. */
  #statement(): void {
    const line = this.#restOfLine();
    const content = line.trim();
    if (content === "" || content.startsWith("#")) {
      this.#nextLine();
      return;
    }
    const start = this.#at + line.length - line.trimStart().length;
    const equals = line.indexOf("=");
    if (equals === -1) {
      this.#problem({ start, end: start + content.length }, "this line has no =");
      return;
    }
    const written = line.slice(start - this.#at, equals).trimEnd();
    const exported = /^export[ \t]+/.exec(written)?.[0].length ?? 0;
    const name = written.slice(exported);
    const span = { source: this.#source, start: start + exported, end: start + written.length };
    if (!validName.test(name)) {
      const what = name === "" ? "there is no name before the =" : `${JSON.stringify(name)} is no name of a variable`;
      this.#problem(name === "" ? { start, end: start + 1 } : span, what);
      return;
    }
    this.#at += equals + 1;
    const value = this.#value();
    if (value !== undefined) this.entries.push({ name, text: value, span });
  }

  #value(): string | undefined {
    const line = this.#restOfLine();
    const content = line.trim();
    const quote = quotes.find((mark) => content.startsWith(mark));
    if (quote === undefined) {
      this.#nextLine();
      return content.replace(/#.*$/s, "").trim();
    }
    const open = this.#at + line.indexOf(quote);
    const close = this.#source.text.indexOf(quote, open + 1);
    if (close === -1) {
      this.#problem({ start: open, end: open + 1 }, `the quote ${quote} that opens here is never closed`);
      return undefined;
    }
    const inside = this.#source.text.slice(open + 1, close).replaceAll("\r\n", "\n");
    this.#at = close + 1;
    const rest = this.#restOfLine();
    if (rest.trim() !== "" && !rest.trim().startsWith("#")) {
      const start = this.#at + rest.length - rest.trimStart().length;
      this.#problem({ start, end: start + rest.trim().length }, `this follows the quote ${quote} that ends the value`);
      return undefined;
    }
    this.#nextLine();
    return quote === '"' ? inside.replaceAll("\\n", "\n") : inside;
  }

  #restOfLine(): string {
    const end = this.#source.text.indexOf("\n", this.#at);
    return this.#source.text.slice(this.#at, end === -1 ? undefined : end);
  }

  #nextLine(): void {
    const end = this.#source.text.indexOf("\n", this.#at);
    this.#at = end === -1 ? this.#source.text.length : end + 1;
  }

  #problem({ start, end }: { readonly start: number; readonly end: number }, message: string): void {
    const span = { source: this.#source, start, end };
    this.report.add(includeProblem("buildfile/env-file-line", { message, span, hint: form }));
    this.#nextLine();
  }
}
