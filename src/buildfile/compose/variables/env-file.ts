/** Environment files in the dialect of compose: lines of `NAME=value` or `NAME: value` with quotes, escapes, comments and variables. */
import { type Checked, type Diagnostic, DiagnosticList } from "../../../base/diagnostic.ts";
import type { Source, Span } from "../../../base/span.ts";
import type { EnvironmentEntry } from "../../environment-file.ts";
import { composeProblem } from "../compose-problems.ts";
import { type Substitution, substitute } from "./substitute.ts";
import { templateDiagnostic } from "./template-diagnostic.ts";

const statement = /(?:export[ \t]+)?([^\s=:#'"]*)[ \t]*([=:]?)[ \t]*/y;
const variableName = /^[\p{L}\p{N}_.\-[\]]+$/u;
const doubleQuoted = /"((?:[^"\\]|\\[\s\S])*)"/y;
const singleQuoted = /'((?:[^'\\]|\\[\s\S])*)'/y;

/**
 * The variables of a file. `lookUp` gives the values that come before those of the file: for variables in values, and for a name
 * without a value, which is taken over. `raw` values are not looked into.
 */
export function parseEnvFile(
  source: Source,
  lookUp: (name: string) => string | undefined,
  options: { readonly raw: boolean } = { raw: false },
): Checked<ReadonlyMap<string, EnvironmentEntry>> {
  const reader = new EnvFileReader(source, lookUp, options.raw);
  return { value: reader.read(), diagnostics: reader.diagnostics };
}

class EnvFileReader {
  readonly #source: Source;
  readonly #text: string;
  readonly #lookUp: (name: string) => string | undefined;
  readonly #raw: boolean;
  readonly #values = new Map<string, EnvironmentEntry>();
  readonly #report = new DiagnosticList();
  #at = 0;

  constructor(source: Source, lookUp: (name: string) => string | undefined, raw: boolean) {
    this.#source = source;
    this.#text = source.text;
    this.#lookUp = lookUp;
    this.#raw = raw;
  }

  get diagnostics(): readonly Diagnostic[] {
    return this.#report.items;
  }

  read(): ReadonlyMap<string, EnvironmentEntry> {
    for (;;) {
      this.#at = skip(this.#text, /(?:[\s\ufeff]+|#.*)*/y, this.#at);
      if (this.#at >= this.#text.length) return this.#values;
      this.#statement();
    }
  }

  #statement(): void {
    const start = this.#at;
    statement.lastIndex = start;
    const [whole = "", name = "", separator = ""] = statement.exec(this.#text) ?? [];
    // A value without a name is nobody's, and no harm.
    if (!variableName.test(name) && (name !== "" || separator === "")) {
      this.#at = skip(this.#text, /.*/y, start);
      this.#problem(start, this.#at, "this line is not of the form NAME=value");
      return;
    }
    this.#at = start + whole.length;
    const nameStart =
      start + whole.indexOf(name, whole.startsWith("export") && name !== "export" ? "export".length : 0);
    const span = this.#span(nameStart, nameStart + name.length);
    if (separator !== "") {
      const text = this.#value();
      if (name !== "") this.#values.set(name, { name, text, span });
      return;
    }
    const rest = this.#line();
    if (rest !== "" && !rest.startsWith("#")) {
      this.#problem(start, this.#at, `${JSON.stringify(name)} is followed by neither = nor a new line`);
      return;
    }
    const value = this.#lookUp(name);
    if (value !== undefined) this.#values.set(name, { name, text: value, span });
  }

  #value(): string {
    const start = this.#at;
    const quote = this.#raw ? "" : this.#text[start];
    if (quote !== '"' && quote !== "'") {
      const line = this.#line();
      if (this.#raw) return line;
      return this.#substituted(line.replace(/ #.*$/, "").trimEnd(), start);
    }
    const pattern = quote === '"' ? doubleQuoted : singleQuoted;
    pattern.lastIndex = start;
    const [whole, inner = ""] = pattern.exec(this.#text) ?? [];
    if (whole === undefined) {
      this.#line();
      this.#problem(start, this.#at, `the quoted value has no closing ${quote}`);
      return "";
    }
    this.#at = start + whole.length;
    if (quote === "'") return inner.replaceAll("\\'", "'");
    return this.#substituted(
      inner.replace(/\\([abfnrtvc"\\$])/g, (_, letter: string) => escapes[letter] ?? letter),
      start,
    );
  }

  /** The rest of the line, without white space around it. */
  #line(): string {
    const start = this.#at;
    this.#at = skip(this.#text, /.*/y, start);
    return this.#text.slice(start, this.#at).trim();
  }

  #substituted(value: string, start: number): string {
    const span = this.#span(start, this.#at);
    const substitution: Substitution = {
      lookUp: (name) => this.#lookUp(name) ?? this.#values.get(name)?.text,
      report: (problem) => this.#report.add(templateDiagnostic(problem, span)),
    };
    return substitute(value, substitution);
  }

  #problem(start: number, end: number, message: string): void {
    this.#report.add(
      composeProblem("compose/env-file", this.#span(start, end), message, {
        hint: 'write NAME=value or NAME="value", one on each line',
      }),
    );
  }

  #span(start: number, end: number): Span {
    return { source: this.#source, start, end: Math.max(start, end) };
  }
}

/** `\$` keeps the dollar from beginning a variable. */
const escapes: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  c: "\\c",
  $: "$$",
};

function skip(text: string, pattern: RegExp, at: number): number {
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 0);
}
