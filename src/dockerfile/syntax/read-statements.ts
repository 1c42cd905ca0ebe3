/** A Dockerfile in statements: lines joined at their continuations, with the heredocs and the comments that belong to them. */
import type { DiagnosticList } from "../../base/diagnostic.ts";
import type { Source, Span } from "../../base/span.ts";
import type { Heredoc } from "../instruction.ts";
import { problem } from "../problems.ts";
import { leadingSpace, trimSpace } from "./characters.ts";
import { type HeredocOpening, heredocsIn, stripTabs } from "./heredoc.ts";
import { readJsonArray } from "./json-array.ts";
import { type SplitCommand, splitCommand } from "./split-command.ts";
import { type LogicalLine, type Piece, type Text, trimText, wholeLine } from "./text.ts";

export interface Statement extends SplitCommand {
  /** Of all its lines, heredocs and comments in between included. */
  readonly span: Span;
  /** The whole of it on one line, without heredocs. */
  readonly text: Text;
  readonly heredocs: readonly Heredoc[];
  /** What the comments above say, without their signs. An empty comment parts what is before it from what follows. */
  readonly comments: readonly string[];
}

export interface StatementsRead {
  readonly statements: readonly Statement[];
  /** Of instructions with an empty line after a continuation: their last lines. */
  readonly emptyContinuations: readonly Span[];
}

export interface ReadOptions {
  readonly source: Source;
  /** Where to begin. */
  readonly start: number;
  readonly escape: string;
  readonly problems: DiagnosticList;
}

export function readStatements(options: ReadOptions): StatementsRead {
  return new StatementReader(options).read();
}

const longestLineBytes = 65_535;

interface PhysicalLine {
  readonly start: number;
  /** Without the line break. */
  readonly text: string;
  /** Where the next one begins. */
  readonly next: number;
}

class StatementReader {
  readonly #source: Source;
  readonly #escape: string;
  readonly #problems: DiagnosticList;
  readonly #emptyContinuations: Span[] = [];
  /** The line that was read last. */
  #last: PhysicalLine;

  constructor({ source, start, escape: sign, problems }: ReadOptions) {
    this.#source = source;
    this.#last = { start, text: "", next: start };
    this.#escape = sign;
    this.#problems = problems;
  }

  read(): StatementsRead {
    const statements: Statement[] = [];
    let comments: string[] = [];
    for (let line = this.#line(); line !== undefined; line = this.#line()) {
      if (isComment(line.text)) {
        const comment = trimSpace(line.text.slice(1));
        if (comment === "") comments = [];
        else comments.push(comment);
        continue;
      }
      const indent = leadingSpace(line.text);
      if (indent === line.text.length) continue;
      statements.push(
        this.#statement({ ...line, start: line.start + indent, text: line.text.slice(indent) }, comments),
      );
      comments = [];
    }
    return { statements, emptyContinuations: this.#emptyContinuations };
  }

  #statement(first: PhysicalLine, comments: readonly string[]): Statement {
    const whole = wholeLine(this.#joined(first));
    const command = splitCommand(whole, this.#escape);
    const lineEnd = this.#lastSpan().end;
    const heredocs = this.#heredocs(whole, command, { source: this.#source, start: first.start, end: lineEnd });
    const span = { source: this.#source, start: first.start, end: this.#lastSpan().end };
    return { ...command, text: trimText(whole), heredocs, span, comments };
  }

  #joined(first: PhysicalLine): LogicalLine {
    const parts: string[] = [];
    const pieces: Piece[] = [];
    let length = 0;
    let emptyLines = false;
    let line: PhysicalLine | undefined = first;
    while (line !== undefined) {
      const kept = withoutContinuation(line.text, this.#escape);
      const text = kept ?? line.text;
      pieces.push({ at: length, from: line.start });
      parts.push(text);
      length += text.length;
      if (kept === undefined) break;
      for (line = this.#line(); line !== undefined; line = this.#line()) {
        const empty = leadingSpace(line.text) === line.text.length;
        if (!empty && !isComment(line.text)) break;
        emptyLines ||= empty;
      }
    }
    if (emptyLines) this.#emptyContinuations.push(this.#lastSpan());
    return { source: this.#source, text: parts.join(""), pieces };
  }

  #heredocs(whole: Text, command: SplitCommand, span: Span): readonly Heredoc[] {
    if (!whole.text.includes("<<") || !this.#mayOpenHeredocs(command)) return [];
    const heredocs: Heredoc[] = [];
    for (const opening of heredocsIn(whole.text)) {
      const heredoc = this.#heredoc(opening);
      if (heredoc === undefined) {
        this.#problems.add(
          problem("dockerfile/unterminated-heredoc", span, `the heredoc "${opening.name}" does not end`, {
            hint: `end it with a line that holds ${opening.name} and nothing else`,
          }),
        );
        break;
      }
      heredocs.push(heredoc);
    }
    return heredocs;
  }

  #mayOpenHeredocs({ keyword, rest }: SplitCommand): boolean {
    const name = keyword.text.toUpperCase();
    if (name === "ONBUILD") return this.#mayOpenHeredocs(splitCommand(rest, this.#escape));
    return (name === "RUN" || name === "COPY" || name === "ADD") && readJsonArray(rest).kind !== "array";
  }

  #heredoc(opening: HeredocOpening): Heredoc | undefined {
    const start = this.#last.next;
    for (let line = this.#line(); line !== undefined; line = this.#line()) {
      const text = opening.stripTabs ? line.text.replace(/^\t+/, "") : line.text;
      if (text !== opening.name) continue;
      const raw = this.#source.text.slice(start, line.start);
      const span = { source: this.#source, start, end: line.start };
      return opening.stripTabs ? { ...opening, body: stripTabs(raw), raw, span } : { ...opening, body: raw, span };
    }
    return undefined;
  }

  #line(): PhysicalLine | undefined {
    const { text } = this.#source;
    const start = this.#last.next;
    if (start >= text.length) return undefined;
    const newline = text.indexOf("\n", start);
    const next = newline === -1 ? text.length : newline + 1;
    let end = newline === -1 ? text.length : newline;
    if (exceedsBytes(text, start, end)) this.#tellTooLong(start, end);
    while (end > start && text[end - 1] === "\r") end--;
    this.#last = { start, text: text.slice(start, end), next };
    return this.#last;
  }

  #tellTooLong(start: number, end: number): void {
    this.#problems.add(
      problem(
        "dockerfile/line-too-long",
        { source: this.#source, start, end },
        `the line has more than ${longestLineBytes} bytes`,
        { hint: "break it with a backslash at the end of a line, or put the text in a file and COPY that" },
      ),
    );
  }

  #lastSpan(): Span {
    const { start, text } = this.#last;
    return { source: this.#source, start, end: start + text.length };
  }
}

function isComment(line: string): boolean {
  return line[leadingSpace(line)] === "#";
}

/** The line without the escape character at its end; undefined when it does not go on. A doubled one is no continuation. */
function withoutContinuation(text: string, sign: string): string | undefined {
  let end = text.length;
  while (end > 0 && (text[end - 1] === " " || text[end - 1] === "\t")) end--;
  if (text[end - 1] !== sign) return undefined;
  return end === 1 || text[end - 2] !== sign ? text.slice(0, end - 1) : undefined;
}

function exceedsBytes(text: string, start: number, end: number): boolean {
  const length = end - start;
  if (length > longestLineBytes) return true;
  if (length * 3 <= longestLineBytes) return false;
  return new TextEncoder().encode(text.slice(start, end)).length > longestLineBytes;
}
