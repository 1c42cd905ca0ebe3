/** The parser's place in the tokens, and how it gets on after a mistake. */
import type { DiagnosticList, RelatedPlace } from "../../base/diagnostic.ts";
import type { Span } from "../../base/span.ts";
import { type Excerpt, spanIn } from "./excerpt.ts";
import { findResumption, type ItemSyntax, isAttributeStart } from "./resumption.ts";
import type { Scan } from "./scan.ts";
import { type SyntaxCode, syntaxProblem } from "./syntax-problems.ts";
import type { Token, TokenKind } from "./token.ts";

interface Extras {
  readonly hint?: string;
  readonly related?: readonly RelatedPlace[];
}

/** Brackets, blocks and directives inside one another. Each level is some ten frames of the parser's stack. */
const deepestNesting = 200;
/** Nodes above one another in an expression, chains of operators and accesses included, so that walking a tree is safe. */
const tallestExpression = 1000;
/**
 * Hands out tokens without comments, and without newlines where they mean nothing. After `fail` it is "lost": nothing more is
 * reported until `resume`, so that one mistake is one diagnostic.
 */
export class Cursor {
  readonly #excerpt: Excerpt;
  readonly #scan: Scan;
  /** Those of the scan. */
  readonly #tokens: Token[];
  readonly #report: DiagnosticList;
  readonly #end: Token;
  /** Index after the token taken last. */
  #taken = 0;
  /** Index of the token `peek` gives. */
  #ahead = 0;
  #next: Token;
  #skipsNewlines = false;
  #lost = false;
  #nesting = 0;
  #last: Token;
  /** The height of the expression parsed last; whoever makes a node of an expression sets it. */
  height = 0;

  constructor(excerpt: Excerpt, scan: Scan, report: DiagnosticList) {
    this.#excerpt = excerpt;
    this.#scan = scan;
    this.#tokens = scan.tokens;
    this.#report = report;
    this.#last = { kind: "end", start: 0, end: 0 };
    this.#end = { kind: "end", start: excerpt.text.length, end: excerpt.text.length };
    this.#next = this.#end;
    this.#lookAhead();
  }

  get lost(): boolean {
    return this.#lost;
  }

  /** The token taken last. */
  get last(): Token {
    return this.#last;
  }

  /** A place to resynchronise from. */
  get mark(): number {
    return this.#ahead;
  }

  peek(): Token {
    return this.#next;
  }

  /** The significant token after the next one. */
  peekSecond(): Token {
    return this.#tokens[this.#significant(this.#ahead + 1)] ?? this.#end;
  }

  at(kind: TokenKind): boolean {
    return this.#next.kind === kind;
  }

  atWord(word: string): boolean {
    const token = this.peek();
    return token.kind === "identifier" && this.text(token) === word;
  }

  /** The next token, passing it; `end` is never passed. */
  next(): Token {
    const token = this.#next;
    this.#last = token;
    if (token.kind === "end") return token;
    this.#taken = this.#ahead + 1;
    const following = this.#tokens[this.#taken];
    if (following === undefined || following.kind === "newline" || following.kind === "comment") this.#lookAhead();
    else {
      this.#ahead = this.#taken;
      this.#next = following;
    }
    return token;
  }

  take(kind: TokenKind): Token | undefined {
    return this.#next.kind === kind ? this.next() : undefined;
  }

  /** The kind of the token `distance` tokens after the next one in its line, comments included. */
  kindAfter(distance: number): TokenKind {
    return this.#tokens[this.#ahead + distance]?.kind ?? "end";
  }

  /** The text of that token. */
  textAfter(distance: number): string {
    return this.text(this.#tokens[this.#ahead + distance] ?? this.#end);
  }

  /** Whether newlines are passed over from here on; gives what held before, to be handed back at the closing bracket. */
  skipNewlines(skip: boolean): boolean {
    const before = this.#skipsNewlines;
    if (before !== skip) {
      this.#skipsNewlines = skip;
      this.#lookAhead();
    }
    return before;
  }

  /** Whether the next token begins a line with `name =`, which only an attribute of a body (or an object) does. */
  atLineOfAttribute(): boolean {
    if (this.#next.kind !== "identifier") return false;
    return this.#startsLine(this.#ahead) && isAttributeStart(this.#tokens, this.#ahead);
  }

  text(token: Token): string {
    return this.#excerpt.text.slice(token.start, token.end);
  }

  span(token: Token): Span {
    return spanIn(this.#excerpt, token.start, token.end);
  }

  /** From an offset of the text to the end of the token taken last. */
  spanFrom(start: number): Span {
    return spanIn(this.#excerpt, start, Math.max(start, this.#last.end));
  }

  /** A span from a token to another of the text. */
  spanBetween(start: number, end: number): Span {
    return spanIn(this.#excerpt, start, end);
  }

  /** Reports and goes on as if nothing had happened. Silent while lost, and where the end of the text cut something off. */
  problem(code: SyntaxCode, span: Span, message: string, extras: Extras = {}): void {
    if (this.#lost) return;
    // What the scanner finds comes first, and what a cut leads to is not reported.
    this.#scanAll();
    if (this.peek().start >= (this.#scan.cutAt ?? Number.POSITIVE_INFINITY)) return;
    this.#report.add(syntaxProblem(code, span, message, extras));
  }

  /** Reports and is lost: callers return what they have. */
  fail(code: SyntaxCode, span: Span, message: string, extras: Extras = {}): void {
    this.problem(code, span, message, extras);
    this.#lost = true;
  }

  /** Goes one level deeper unless that is too deep, which is reported and ends parsing. Pair with `leave`. */
  enter(): boolean {
    if (this.#nesting >= deepestNesting) {
      this.#giveUp(`nested more than ${deepestNesting} levels deep`);
      return false;
    }
    this.#nesting++;
    return true;
  }

  leave(): void {
    this.#nesting--;
  }

  /** Checks the height an expression has grown to. */
  allowsHeight(height: number): boolean {
    if (height <= tallestExpression) return true;
    this.#giveUp(`this expression has more than ${tallestExpression} levels`);
    return false;
  }

  /**
   * Finds the way after `fail`: goes to the first separator that is outside every bracket opened since `mark`, or to the
   * closing bracket of what encloses it, and takes neither. Inside round and square brackets that were never closed, a line
   * that begins with `name =` counts as the next item. Newlines count from here on.
   */
  resume(mark: number, items: ItemSyntax): void {
    this.#scanAll();
    this.#skipsNewlines = false;
    this.#goTo(findResumption(this.#tokens, { mark, taken: this.#taken, items }));
    this.#lost = this.#lost && this.at("end");
  }

  /** Lets go of the tokens that were taken, between items outside of every bracket: `mark`s from before mean nothing afterwards. */
  forget(): void {
    // After a mistake all are made, and moving them item by item would take time quadratic in their number.
    if (this.#taken * 2 < this.#tokens.length) return;
    this.#tokens.copyWithin(0, this.#taken);
    this.#tokens.length -= this.#taken;
    this.#ahead -= this.#taken;
    this.#taken = 0;
  }

  /** Gives up on the item that encloses what `resume` was for, too. */
  stayLost(): void {
    this.#lost = true;
  }

  /** The index of the first token from `index` on that means something here. */
  #significant(index: number): number {
    let at = index;
    for (;;) {
      while (at >= this.#tokens.length && this.#scan.scanLine());
      const kind = this.#tokens[at]?.kind;
      if (kind !== "comment" && !(kind === "newline" && this.#skipsNewlines)) return at;
      at++;
    }
  }

  #scanAll(): void {
    while (this.#scan.scanLine());
  }

  #startsLine(index: number): boolean {
    let before = index - 1;
    while (this.#tokens[before]?.kind === "comment") before--;
    return before < 0 || this.#tokens[before]?.kind === "newline";
  }

  #giveUp(message: string): void {
    this.fail("hcl/too-deep", this.span(this.peek()), message, { hint: "split it: give parts a name of their own" });
    this.#scanAll();
    this.#goTo(this.#tokens.length - 1);
  }

  #goTo(index: number): void {
    this.#taken = Math.max(this.#taken, index);
    this.#lookAhead();
  }

  #lookAhead(): void {
    this.#ahead = this.#significant(this.#taken);
    this.#next = this.#tokens[this.#ahead] ?? this.#end;
  }
}
