/** Text to tokens. Linear, by hand, and total: whatever the text, tokens come out and problems are reported. */
import { type Checked, DiagnosticList } from "../../base/diagnostic.ts";
import type { Source } from "../../base/span.ts";
import { identifierEnd, isAsciiLetter, isDigit } from "./characters.ts";
import { type Excerpt, spanIn, wholeSource } from "./excerpt.ts";
import { lexicalProblemAt } from "./scan-problems.ts";
import { lineTextEnd, markerLineEnd, quotedTextEnd } from "./scan-template.ts";
import { syntaxProblem } from "./syntax-problems.ts";
import type { Punctuation, Token, TokenKind } from "./token.ts";

/** Tokens, made as they are asked for: of a long text most are looked at once and are gone before the last are made. */
export interface Scan {
  /** Those made so far and not yet forgotten. When all are made the last one is `end`. */
  readonly tokens: Token[];
  /** Makes those of the next line or lines; false when there are no more. Never changes those made before. */
  readonly scanLine: () => boolean;
  /** Where something begins that the end of the text cut off (reported); what follows from that is not worth reporting. Known at the end. */
  readonly cutAt: number | undefined;
}

/** All tokens of a build file, comments included. */
export function scanHcl(source: Source): Checked<readonly Token[]> {
  const report = new DiagnosticList();
  const scanned = scan(wholeSource(source), "code", report);
  while (scanned.scanLine());
  return { value: scanned.tokens, diagnostics: report.items };
}

/** `template` scans text that is a template without quotes, as the strings of JSON and TOML are. */
export function scan(excerpt: Excerpt, as: "code" | "template", report: DiagnosticList): Scan {
  return new Scanner(excerpt, as, report);
}

/** What the scanner is inside of; `start` is where that was opened. */
type Context =
  | { readonly kind: "code"; readonly start: number }
  | { readonly kind: "sequence"; readonly start: number; braces: number }
  | { readonly kind: "quoted"; readonly start: number }
  | { readonly kind: "heredoc"; readonly start: number; readonly marker: string; atLineStart: boolean }
  | { readonly kind: "bare"; readonly start: number };

const longPunctuation: readonly Punctuation[] = ["...", "==", "!=", "<=", ">=", "&&", "||", "::", "=>"];
const shortPunctuation: ReadonlyMap<number, Punctuation> = new Map(
  (["[", "]", "(", ")", "{", "}", ".", ",", "*", "/", "%", "+", "-", "=", "<", ">", "!", "?", ":"] as const).map(
    (text): [number, Punctuation] => [text.charCodeAt(0), text],
  ),
);

const numberPattern = /[0-9](?:[0-9.]|[eE][+-]?[0-9])*/y;
const decimalPattern = /^[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?$/;
const heredocPattern = /<<-?([\p{ID_Start}_][\p{ID_Continue}-]*)\r?\n/uy;
/** What people write who know heredocs from elsewhere: quoted markers, text after the marker, the end of the file. */
const oddHeredocPattern = /<<-?[ \t]*(["']?)([\p{ID_Start}_][\p{ID_Continue}-]*)\1[^\n]*(?:\n|$)/uy;

class Scanner implements Scan {
  readonly tokens: Token[] = [];
  readonly #excerpt: Excerpt;
  readonly #text: string;
  readonly #report: DiagnosticList;
  readonly #contexts: Context[] = [];
  #at = 0;
  #ended = false;
  cutAt: number | undefined;

  constructor(excerpt: Excerpt, as: "code" | "template", report: DiagnosticList) {
    this.#excerpt = excerpt;
    this.#text = excerpt.text;
    this.#report = report;
    if (as === "code" && this.#text.startsWith("\ufeff")) this.#at = 1;
    this.#contexts.push({ kind: as === "code" ? "code" : "bare", start: this.#at });
  }

  /** Stops after newlines only, because what mends a string that is not closed changes tokens of its line. */
  scanLine(): boolean {
    if (this.#ended) return false;
    while (this.#at < this.#text.length) {
      const context = this.#contexts[this.#contexts.length - 1];
      if (context === undefined) break;
      if (context.kind === "code" || context.kind === "sequence") this.#scanCode(context);
      else if (context.kind === "quoted") this.#scanQuoted(context);
      else this.#scanLines(context);
      if (this.#text.charCodeAt(this.#at - 1) === 0x0a) return true;
    }
    this.#endContexts();
    this.#push("end", this.#at);
    this.#ended = true;
    return true;
  }

  #scanCode(context: Context): void {
    const text = this.#text;
    let code = text.charCodeAt(this.#at);
    while (code === 0x20 || code === 0x09) code = text.charCodeAt(++this.#at);
    if (Number.isNaN(code)) return;
    if (isAsciiLetter(code)) this.#push("identifier", identifierEnd(text, this.#at));
    else if (code === 0x22) this.#scanString();
    else if (code === 0x0a) this.#push("newline", this.#at + 1);
    else if (isDigit(code)) this.#scanNumber();
    else this.#scanSign(context, code);
  }

  /** What begins with a sign, or with a letter beyond ASCII; anything else is reported and mended. */
  #scanSign(context: Context, code: number): void {
    const next = code === 0x0d || code === 0x2f || code === 0x3c ? this.#text.charCodeAt(this.#at + 1) : 0;
    if (code === 0x0d && next === 0x0a) this.#push("newline", this.#at + 2);
    else if (code === 0x23 || (code === 0x2f && next === 0x2f)) this.#scanLineComment();
    else if (code === 0x2f && next === 0x2a) this.#scanBlockComment();
    else if (code === 0x3c && next === 0x3c) this.#scanHeredocOpening();
    else if (context.kind === "sequence" && this.#endsSequence(context, code)) this.#closeSequence(code);
    else {
      const punctuation = punctuationAt(this.#text, this.#at);
      if (punctuation !== undefined) this.#pushPunctuation(context, punctuation);
      else this.#scanOther();
    }
  }

  #scanOther(): void {
    const wordEnd = identifierEnd(this.#text, this.#at);
    if (wordEnd > this.#at) {
      this.#push("identifier", wordEnd);
      return;
    }
    const found = lexicalProblemAt(this.#excerpt, this.#at);
    this.#report.add(found.diagnostic);
    if (found.meant === undefined) this.#at = found.end;
    else this.#push(found.meant, found.end);
  }

  #pushPunctuation(context: Context, kind: Punctuation): void {
    if (context.kind === "sequence") {
      if (kind === "{") context.braces++;
      else if (kind === "}") context.braces--;
    }
    this.#push(kind, this.#at + kind.length);
  }

  #endsSequence(context: { readonly braces: number }, code: number): boolean {
    if (context.braces > 0) return false;
    return code === 0x7d || (code === 0x7e && this.#text.charCodeAt(this.#at + 1) === 0x7d);
  }

  #closeSequence(code: number): void {
    this.#contexts.pop();
    this.#push("sequence-end", this.#at + (code === 0x7e ? 2 : 1));
  }

  #scanNumber(): void {
    numberPattern.lastIndex = this.#at;
    numberPattern.test(this.#text);
    let end = Math.max(this.#at + 1, numberPattern.lastIndex);
    while (this.#text.charCodeAt(end - 1) === 0x2e) end--;
    const wordEnd = identifierEnd(this.#text, end);
    // `1if` in a for expression is a number and a keyword; every other word that sticks to a number is a mistake.
    const glued = wordEnd > end && this.#text.slice(end, wordEnd) !== "if";
    if (glued) end = wordEnd;
    const written = this.#text.slice(this.#at, end);
    if (glued || !decimalPattern.test(written)) {
      this.#problem(
        "hcl/invalid-number",
        this.#at,
        end,
        `${JSON.stringify(written)} is not a number`,
        numberHint(written),
      );
      this.#push("broken", end);
    } else this.#push("number", end);
  }

  #scanLineComment(): void {
    const lineEnd = this.#lineEnd(this.#at);
    this.#push("comment", this.#text.charCodeAt(lineEnd - 1) === 0x0d ? lineEnd - 1 : lineEnd);
  }

  #scanBlockComment(): void {
    const close = this.#text.indexOf("*/", this.#at + 2);
    if (close === -1) {
      const hint = "close it with */";
      this.#problem("hcl/unterminated-comment", this.#at, this.#at + 2, "this comment is not closed", hint);
      this.cutAt ??= this.#at;
    }
    this.#push("comment", close === -1 ? this.#text.length : close + 2);
  }

  #scanHeredocOpening(): void {
    const start = this.#at;
    heredocPattern.lastIndex = start;
    const opening = heredocPattern.exec(this.#text);
    if (opening) this.#openHeredoc(opening[1] ?? "", heredocPattern.lastIndex);
    else this.#mendHeredocOpening(start);
  }

  #mendHeredocOpening(start: number): void {
    oddHeredocPattern.lastIndex = start;
    const odd = oddHeredocPattern.exec(this.#text);
    if (!odd) {
      this.#problem(
        "hcl/unsupported-operator",
        start,
        start + 2,
        "there is no operator <<",
        "a heredoc is << and a marker",
      );
      this.#push("<", start + 2);
      return;
    }
    const marker = odd[2] ?? "";
    const markerEnd = start + odd[0].indexOf(marker) + marker.length;
    this.#problem(
      "hcl/heredoc-opening",
      start,
      markerEnd,
      "a heredoc's opening is followed by something else than the end of the line",
      `write <<${marker} and nothing else up to the end of the line, no quotes, spaces or comment`,
    );
    this.#openHeredoc(marker, oddHeredocPattern.lastIndex);
  }

  #openHeredoc(marker: string, end: number): void {
    this.#open({ kind: "heredoc", start: this.#at, marker, atLineStart: true }, "heredoc-open", end);
  }

  /** Most strings have no sequences and end on their line: they are three tokens (or two) at once. */
  #scanString(): void {
    const start = this.#at;
    const end = quotedTextEnd(this.#text, start + 1);
    if (this.#text.charCodeAt(end) !== 0x22) {
      this.#open({ kind: "quoted", start }, "quote-open", start + 1);
      return;
    }
    this.#push("quote-open", start + 1);
    if (end > this.#at) this.#push("text", end);
    this.#push("quote-close", end + 1);
  }

  #scanQuoted(context: { readonly start: number }): void {
    const end = quotedTextEnd(this.#text, this.#at);
    if (end > this.#at) this.#push("text", end);
    const code = this.#text.charCodeAt(this.#at);
    if (code === 0x22) {
      this.#contexts.pop();
      this.#push("quote-close", this.#at + 1);
    } else if (code === 0x24 || code === 0x25) this.#openSequence();
    else this.#breakOffLine(context);
  }

  /** Heredocs and data strings: text is cut into lines, which is what trim marks and indentation work on. */
  #scanLines(context: Context): void {
    if (context.kind === "heredoc" && context.atLineStart) {
      const markerEnd = markerLineEnd(this.#text, this.#at, context.marker);
      if (markerEnd !== undefined) {
        this.#contexts.pop();
        this.#push("heredoc-close", markerEnd);
        return;
      }
    }
    const end = lineTextEnd(this.#text, this.#at);
    if (context.kind === "heredoc") context.atLineStart = this.#text.charCodeAt(end - 1) === 0x0a && end > this.#at;
    if (end > this.#at) this.#push("text", end);
    else this.#openSequence();
  }

  #openSequence(): void {
    const start = this.#at;
    const kind = this.#text.charCodeAt(start) === 0x24 ? "interpolation" : "directive";
    this.#open({ kind: "sequence", start, braces: 0 }, kind, start + (this.#text.charAt(start + 2) === "~" ? 3 : 2));
  }

  /**
   * A line or the text ended inside a quoted string. When that string stands in a sequence opened on the same line, as
   * in `"a${b"`, it is the sequence that was not closed. Everything opened on this line is closed.
   */
  #breakOffLine(broken: { readonly start: number }): void {
    const lineStart = this.#text.lastIndexOf("\n", this.#at - 1) + 1;
    let outermost = this.#contexts.length - 1;
    let sequence: number | undefined;
    for (let i = outermost; i > 0; i--) {
      const context = this.#contexts[i];
      if (!context || context.start < lineStart || context.kind === "heredoc") break;
      if (context.kind === "sequence") sequence = context.start;
      outermost = i;
    }
    if (sequence !== undefined) {
      this.#unclosedSequence(sequence);
      this.#replaceBy("broken", sequence);
    } else {
      this.#problem(
        "hcl/unterminated-string",
        broken.start,
        Math.max(this.#at, broken.start + 1),
        "this string is not closed on its line",
        'close it with "; for text of several lines write \\n or use a heredoc (<<EOT)',
      );
    }
    this.#closeContexts(outermost);
  }

  /** Puts one token in the place of all that came after the one at `start`, so that the parser finds nothing wrong with them. */
  #replaceBy(kind: TokenKind, start: number): void {
    while ((this.tokens[this.tokens.length - 1]?.start ?? start) > start) this.tokens.pop();
    const innermost = this.#contexts.findLastIndex((context) => context.start === start);
    this.#contexts.length = innermost + 1;
    this.tokens.push({ kind, start: this.#at, end: this.#at });
  }

  #unclosedSequence(start: number): void {
    const opener = this.#text.slice(start, start + 2);
    const what = opener === "${" ? "interpolation" : "directive";
    this.#problem(
      "hcl/unclosed-sequence",
      start,
      start + 2,
      `this ${what} is not closed`,
      `close it with }, or write ${opener[0]}${opener} for plain text`,
    );
  }

  /** The text ended; whatever is still open is reported once, at what most likely caused it, and closed. */
  #endContexts(): void {
    const heredoc = this.#contexts.find((context) => context.kind === "heredoc");
    const sequence = this.#contexts.findLast((context) => context.kind === "sequence");
    if (sequence && (!heredoc || sequence.start > heredoc.start)) {
      this.#unclosedSequence(sequence.start);
      this.cutAt ??= sequence.start;
    } else if (heredoc?.kind === "heredoc") {
      const end = heredoc.start + this.#text.slice(heredoc.start).search(/\r?\n|$/);
      this.#report.add(
        syntaxProblem(
          "hcl/unterminated-heredoc",
          spanIn(this.#excerpt, heredoc.start, end),
          `no line ends the heredoc ${heredoc.marker}`,
          {
            hint: `write ${heredoc.marker} on a line of its own after the text`,
          },
        ),
      );
      this.cutAt ??= heredoc.start;
    } else if (this.#contexts.some((context) => context.kind === "quoted")) {
      const quoted = this.#contexts[this.#contexts.length - 1];
      if (quoted) this.#breakOffLine(quoted);
    }
    this.#closeContexts(1);
  }

  /** Closes contexts, innermost first, down to the one at `index`, with tokens made up for it. */
  #closeContexts(index: number): void {
    while (this.#contexts.length > Math.max(1, index)) {
      const context = this.#contexts.pop();
      if (context?.kind === "quoted") this.#push("quote-close", this.#at);
      else if (context?.kind === "heredoc") this.#push("heredoc-close", this.#at);
      else this.#push("sequence-end", this.#at);
    }
  }

  #open(context: Context, kind: TokenKind, end: number): void {
    this.#contexts.push(context);
    this.#push(kind, end);
  }

  #push(kind: TokenKind, end: number): void {
    this.tokens.push({ kind, start: this.#at, end });
    this.#at = end;
  }

  #lineEnd(at: number): number {
    const found = this.#text.indexOf("\n", at);
    return found === -1 ? this.#text.length : found;
  }

  #problem(code: Parameters<typeof syntaxProblem>[0], start: number, end: number, message: string, hint: string): void {
    this.#report.add(syntaxProblem(code, spanIn(this.#excerpt, start, end), message, { hint }));
  }
}

function punctuationAt(text: string, at: number): Punctuation | undefined {
  const short = shortPunctuation.get(text.charCodeAt(at));
  const next = text.charCodeAt(at + 1);
  if (endsLongPunctuation(next)) {
    const long = longPunctuationAt(text, at);
    if (long !== undefined) return long;
  }
  return short === "*" && next === 0x2a ? undefined : short;
}

/** `=`, `&`, `|`, `:`, `>` and `.`: the second characters of those that have several. */
function endsLongPunctuation(code: number): boolean {
  return code === 0x3d || code === 0x26 || code === 0x7c || code === 0x3a || code === 0x3e || code === 0x2e;
}

function longPunctuationAt(text: string, at: number): Punctuation | undefined {
  return longPunctuation.find((each) => text.startsWith(each, at));
}

function numberHint(written: string): string {
  if (/^0[xX]/.test(written)) return `write it in decimal, or use parseint("${written.slice(2)}", 16)`;
  if (written.includes("_")) return `leave out the underscores: ${written.replaceAll("_", "")}`;
  return `put it in quotes if it is text: ${JSON.stringify(written)}`;
}
