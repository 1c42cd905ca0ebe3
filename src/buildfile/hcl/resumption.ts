/** Where parsing goes on after a mistake. */
import type { Token, TokenKind } from "./token.ts";

/** How the items of what is parsed are separated: by newlines, by newlines and commas, by commas. */
export type ItemSyntax = "body" | "object" | "list";

export interface Mistake {
  /** Index of the first token of the broken item. */
  readonly mark: number;
  /** Index after the last token taken. */
  readonly taken: number;
  readonly items: ItemSyntax;
}

/**
 * The index, from `taken` on, of the first separator outside every bracket opened since `mark`, of the closing bracket of what encloses the
 * item, or of the end. Inside round and square brackets that were never closed, the newline before a line that begins with `name =`
 * counts as a separator.
 */
export function findResumption(tokens: readonly Token[], { mark, taken, items }: Mistake): number {
  const open: TokenKind[] = [];
  for (let i = mark; i < tokens.length; i++) {
    const kind = tokens[i]?.kind ?? "end";
    const passed = i < taken;
    if (kind === "end") return i;
    if (openers.has(kind)) open.push(kind);
    else if (openersOf.has(kind)) {
      if (!closeBracket(open, kind) && !passed) return i;
    } else if (passed) continue;
    else if (open.length === 0 ? separates(tokens, i, items) : kind === "newline" && isAbandoned(tokens, i, open))
      return i;
  }
  return tokens.length - 1;
}

/** The index of the first token from `index` on that is no comment, and no newline when those are skipped. */
export function significantFrom(tokens: readonly Token[], index: number, skipsNewlines: boolean): number {
  let at = index;
  for (;;) {
    const kind = tokens[at]?.kind;
    if (kind !== "comment" && !(kind === "newline" && skipsNewlines)) return at;
    at++;
  }
}

/** `name =`, which begins only an attribute of a body, or an item of an object. */
export function isAttributeStart(tokens: readonly Token[], index: number): boolean {
  if (tokens[index]?.kind !== "identifier") return false;
  return tokens[significantFrom(tokens, index + 1, false)]?.kind === "=";
}

/** A line that begins with what cannot begin an item goes on with the broken one. */
function separates(tokens: readonly Token[], index: number, items: ItemSyntax): boolean {
  const kind = tokens[index]?.kind;
  if (kind === ",") return items !== "body";
  if (kind !== "newline" || items === "list") return false;
  const next = tokens[significantFrom(tokens, index + 1, false)]?.kind ?? "end";
  if (next === "identifier" || next === "newline" || next === "}" || next === "end") return true;
  return items === "object" && (next === "quote-open" || next === "(");
}

function isAbandoned(tokens: readonly Token[], newline: number, open: readonly TokenKind[]): boolean {
  if (!isAttributeStart(tokens, significantFrom(tokens, newline + 1, false))) return false;
  return open.every((each) => each === "(" || each === "[");
}

const openersOf: ReadonlyMap<TokenKind, readonly TokenKind[]> = new Map<TokenKind, readonly TokenKind[]>([
  [")", ["("]],
  ["]", ["["]],
  ["}", ["{"]],
  ["quote-close", ["quote-open"]],
  ["heredoc-close", ["heredoc-open"]],
  ["sequence-end", ["interpolation", "directive"]],
]);

const openers: ReadonlySet<TokenKind> = new Set([...openersOf.values()].flat());

/** Closes the innermost bracket of that kind and everything left open in it; false when there is none. */
function closeBracket(open: TokenKind[], closer: TokenKind): boolean {
  const wanted = openersOf.get(closer) ?? [];
  const index = open.findLastIndex((each) => wanted.includes(each));
  if (index === -1) return false;
  open.length = index;
  return true;
}
