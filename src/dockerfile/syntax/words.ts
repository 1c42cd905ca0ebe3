/** How the arguments of instructions fall into words. */
import { gap, isSpace } from "./characters.ts";
import { cut, type Text } from "./text.ts";

/** At white space, whatever is quoted. An empty text has no words. */
export function splitWords(text: Text): readonly Text[] {
  const words: Text[] = [];
  const between = new RegExp(gap, "g");
  let start = 0;
  for (const match of text.text.matchAll(between)) {
    words.push(cut(text, start, match.index));
    start = match.index + match[0].length;
  }
  return text.text === "" ? [] : [...words, cut(text, start)];
}

/** The first word, and all that follows it; `rest` is undefined when nothing does, not even white space. */
export function splitFirst(text: Text): { readonly first: Text; readonly rest: Text | undefined } {
  const match = gap.exec(text.text);
  if (match === null) return { first: text, rest: undefined };
  return { first: cut(text, 0, match.index), rest: cut(text, match.index + match[0].length) };
}

/**
 * At white space that is neither quoted nor escaped. Quotes and escapes stay, as they have their meaning when variables are put in; only
 * an escape sign that nothing follows is dropped. A quote may stay open.
 */
export function splitQuotedWords(text: Text, sign: string): readonly Text[] {
  const words: Text[] = [];
  const all = text.text;
  let at = 0;
  while (at < all.length) {
    if (isSpace(all[at] ?? "")) {
      at++;
      continue;
    }
    const end = quotedWordEnd(all, at, sign);
    const dangling = end === all.length && endsInEscape(all, at, sign);
    if (end - (dangling ? 1 : 0) > at) words.push(cut(text, at, dangling ? end - 1 : end));
    at = end;
  }
  return words;
}

function quotedWordEnd(all: string, start: number, sign: string): number {
  let quote = "";
  let at = start;
  for (; at < all.length; at++) {
    const character = all[at] ?? "";
    if (quote === "" && isSpace(character)) return at;
    if (character === sign && quote !== "'") at++;
    else if (quote === "" && (character === "'" || character === '"')) quote = character;
    else if (character === quote) quote = "";
  }
  return Math.min(at, all.length);
}

/** Whether the last character is an escape that escapes nothing. */
function endsInEscape(all: string, start: number, sign: string): boolean {
  let quote = "";
  for (let at = start; at < all.length; at++) {
    const character = all[at] ?? "";
    if (character === sign && quote !== "'") {
      if (at === all.length - 1) return true;
      at++;
    } else if (quote === "" && (character === "'" || character === '"')) quote = character;
    else if (character === quote) quote = "";
  }
  return false;
}
