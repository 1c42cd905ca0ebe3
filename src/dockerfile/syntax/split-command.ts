/** An instruction in its three parts: keyword, flags, and the rest. */
import { isSpace } from "./characters.ts";
import { cut, type Text, trimText } from "./text.ts";
import { splitFirst } from "./words.ts";

/** A flag as it stands before the arguments. */
export interface WrittenFlag {
  /** Without quotes and escapes: `--from=base`. */
  readonly value: string;
  readonly text: Text;
}

export interface SplitCommand {
  readonly keyword: Text;
  readonly flags: readonly WrittenFlag[];
  /** The arguments, without white space at the ends. */
  readonly rest: Text;
}

export function splitCommand(text: Text, sign: string): SplitCommand {
  const { first, rest } = splitFirst(trimText(text));
  if (rest === undefined) return { keyword: first, flags: [], rest: cut(first, first.text.length) };
  const { flags, end } = splitFlags(rest, sign);
  return { keyword: first, flags, rest: trimText(cut(rest, end)) };
}

/** The words that begin with `--`, up to the first that does not or to a lone `--`; `end` is where the arguments begin. */
function splitFlags(text: Text, sign: string): { readonly flags: readonly WrittenFlag[]; readonly end: number } {
  const flags: WrittenFlag[] = [];
  const all = text.text;
  let at = 0;
  while (at < all.length) {
    if (isSpace(all[at] ?? "")) {
      at++;
      continue;
    }
    if (!all.startsWith("--", at)) return { flags, end: at };
    const word = readFlag(all, at, sign);
    if (word.value === "--") return { flags, end: word.end };
    flags.push({ value: word.value, text: cut(text, at, word.end) });
    at = word.end;
  }
  return { flags, end: all.length };
}

/** Quotes and escapes make white space a part of the flag; the ones that do nothing are dropped. */
function readFlag(all: string, start: number, sign: string): { readonly value: string; readonly end: number } {
  let value = "";
  let quote = "";
  let at = start;
  for (; at < all.length; at++) {
    const character = all[at] ?? "";
    if (character === quote) quote = "";
    else if (quote === "" && isSpace(character)) break;
    else if (quote === "" && (character === "'" || character === '"')) quote = character;
    else if (character === sign) value += all[++at] ?? "";
    else value += character;
  }
  return { value, end: Math.min(at, all.length) };
}
