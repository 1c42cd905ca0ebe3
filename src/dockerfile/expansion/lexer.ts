/**
 * Variables, quotes and escapes in the words of a Dockerfile. It resembles a shell, and differs in many corners: `$$` is nothing,
 * `$1abc` is `abc`, patterns know `*` and `?` only, and what a variable holds is split into words just where words are asked for.
 */
import { isSpace } from "../syntax/characters.ts";
import { longestValue, removePrefix, removeSuffix, replacePattern } from "./shell-pattern.ts";

export interface LexerSettings {
  /** `\` or a backtick. */
  readonly escape: string;
  readonly variable: (name: string) => string | undefined;
  /** Quotes are characters like others: the bodies of heredocs. */
  readonly plainQuotes?: boolean;
  /** Quotes stay in the result. */
  readonly keepQuotes?: boolean;
  /** Escapes stay in the result. */
  readonly keepEscapes?: boolean;
  /** A variable that is not set stays as it is written. */
  readonly keepUnset?: boolean;
}

export interface Lexed {
  readonly value: string;
  readonly words: readonly string[];
  /** The variables that were asked for and are set. */
  readonly matched: ReadonlySet<string>;
  readonly unmatched: ReadonlySet<string>;
  /** Why there is no value. */
  readonly error?: string;
}

/** `${a:-${b:-…}}`: nobody nests deeper, and the stack has an end. */
const deepestNesting = 200;

export function lex(text: string, settings: LexerSettings): Lexed {
  const lexer = new Lexer(text, settings);
  try {
    const { value, words } = lexer.read(undefined, settings.keepEscapes ?? false);
    return { value, words, matched: lexer.matched, unmatched: lexer.unmatched };
  } catch (error) {
    if (!(error instanceof SubstitutionError)) throw error;
    return { value: "", words: [], matched: lexer.matched, unmatched: lexer.unmatched, error: error.message };
  }
}

class SubstitutionError extends Error {}

class Lexer {
  readonly matched = new Set<string>();
  readonly unmatched = new Set<string>();
  readonly #text: string;
  readonly #settings: LexerSettings;
  readonly #ordinary: RegExp;
  readonly #longest: number;
  #at = 0;
  #depth = 0;

  constructor(text: string, settings: LexerSettings) {
    this.#text = text;
    this.#settings = settings;
    this.#longest = text.length + longestValue;
    this.#ordinary = settings.escape === "`" ? /[^$'"<`}/]+/y : /[^$'"<\\}/]+/y;
  }

  /** Reads up to `stop`, which is passed over, or to the end. */
  read(stop: string | undefined, keepEscapes: boolean): { readonly value: string; readonly words: readonly string[] } {
    if (++this.#depth > deepestNesting) throw new SubstitutionError("substitutions are nested too deeply");
    const words = new WordList();
    let value = "";
    for (let next = this.#peek(); next !== ""; next = this.#peek()) {
      if (next === stop) {
        this.#at++;
        this.#depth--;
        return { value, words: words.finish() };
      }
      value += this.#piece(next, words, keepEscapes);
      if (value.length > this.#longest) throw new SubstitutionError("the value gets too long");
    }
    this.#depth--;
    if (stop === undefined) return { value, words: words.finish() };
    throw new SubstitutionError(stop === "}" ? "syntax error: missing '}'" : "syntax error: missing '/' in ${}");
  }

  #piece(next: string, words: WordList, keepEscapes: boolean): string {
    if (next === "$") {
      const value = this.#dollar();
      words.addSplit(value);
      return value;
    }
    const quoted = !this.#settings.plainQuotes && (next === "'" || next === '"');
    if (quoted || next === "<") {
      const value =
        next === "<" ? this.#angle() : next === "'" ? this.#singleQuoted() : this.#doubleQuoted(keepEscapes);
      words.addWhole(value);
      return value;
    }
    if (next === this.#settings.escape) {
      const value = this.#escaped(keepEscapes);
      words.addWhole(value);
      return value;
    }
    const value = this.#run(next);
    words.addSplit(value);
    return value;
  }

  /** Characters that mean nothing. */
  #run(first: string): string {
    this.#ordinary.lastIndex = this.#at;
    const run = this.#ordinary.exec(this.#text)?.[0] ?? first;
    this.#at += run.length;
    return run;
  }

  /** An escape at the very end is dropped. */
  #escaped(keepEscapes: boolean): string {
    const sign = this.#next();
    return (keepEscapes ? sign : "") + this.#next();
  }

  /** Nothing has a meaning between single quotes, not even the escape character. */
  #singleQuoted(): string {
    const end = this.#text.indexOf("'", this.#at + 1);
    if (end === -1) throw new SubstitutionError("unexpected end of statement while looking for matching single-quote");
    const inner = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return this.#settings.keepQuotes ? `'${inner}'` : inner;
  }

  #doubleQuoted(keepEscapes: boolean): string {
    const quote = this.#settings.keepQuotes ? '"' : "";
    const sign = this.#settings.escape;
    let value = quote;
    this.#at++;
    for (let next = this.#peek(); next !== ""; next = this.#peek()) {
      if (next === '"') {
        this.#at++;
        return value + quote;
      }
      if (next === "$") {
        value += this.#dollar();
        continue;
      }
      this.#at++;
      if (next !== sign) {
        value += next;
        continue;
      }
      if (keepEscapes) value += next;
      const after = this.#peek();
      if (after === "") break;
      // The escape character stands for itself before anything else.
      const escapable = after === '"' || after === "$" || after === sign;
      value += escapable ? this.#next() : next;
    }
    throw new SubstitutionError("unexpected end of statement while looking for matching double-quote");
  }

  /** `<<` holds on to the white space after it: `<< EOF` is one word. */
  #angle(): string {
    this.#at++;
    if (this.#peek() !== "<") return "<";
    this.#at++;
    const start = this.#at;
    while (/^[\t\r ]$/.test(this.#peek())) this.#at++;
    return `<<${this.#text.slice(start, this.#at)}`;
  }

  #dollar(): string {
    this.#at++;
    if (this.#peek() !== "{") {
      const name = this.#name();
      if (name === "") return "$";
      const value = this.#variable(name);
      return value === undefined && this.#settings.keepUnset ? `$${name}` : (value ?? "");
    }
    this.#at++;
    const first = this.#peek();
    if (first === "") throw new SubstitutionError("syntax error: missing '}'");
    if (/[{}:]/.test(first)) throw new SubstitutionError("syntax error: bad substitution");
    return this.#substitution(this.#name());
  }

  /** What follows the name in `${name…}`. */
  #substitution(name: string): string {
    const operator = this.#next();
    switch (operator) {
      case "":
        throw new SubstitutionError("syntax error: missing '}'");
      case "}": {
        const value = this.#variable(name);
        return value === undefined && this.#settings.keepUnset ? `\${${name}}` : (value ?? "");
      }
      case ":":
        return this.#conditional(name, `:${this.#next()}`);
      case "+":
      case "-":
      case "?":
        return this.#conditional(name, operator);
      case "#":
      case "%":
        return this.#trimmed(name, operator);
      case "/":
        return this.#replaced(name);
      default:
        throw new SubstitutionError(`unsupported modifier (${operator}) in substitution`);
    }
  }

  #conditional(name: string, operator: string): string {
    const unsupported = `unsupported modifier (${operator}) in substitution`;
    if (/[#%]/.test(operator)) throw new SubstitutionError(unsupported);
    const word = this.read("}", false).value;
    const value = this.#variable(name);
    if (value === undefined && this.#settings.keepUnset) return `\${${name}${operator}${word}}`;
    const filled = value !== undefined && !(value === "" && operator.startsWith(":"));
    switch (operator.at(-1)) {
      case "-":
        return filled ? value : word;
      case "+":
        return filled ? word : "";
      case "?": {
        if (filled) return value;
        const complaint = value === undefined ? "is not allowed to be unset" : "is not allowed to be empty";
        throw new SubstitutionError(`${name}: ${word || complaint}`);
      }
      default:
        throw new SubstitutionError(unsupported);
    }
  }

  #trimmed(name: string, operator: "#" | "%"): string {
    const word = this.read("}", true).value;
    const value = this.#variable(name);
    if (value === undefined && this.#settings.keepUnset) return `\${${name}${operator}${word}}`;
    const longest = word.startsWith(operator);
    const pattern = longest ? word.slice(1) : word;
    const remove = operator === "#" ? removePrefix : removeSuffix;
    return this.#checkPattern(pattern, remove(value ?? "", pattern, { longest }));
  }

  #replaced(name: string): string {
    const all = this.#peek() === "/";
    if (all) this.#at++;
    const pattern = this.read("/", true).value;
    const replacement = this.read("}", true).value;
    const value = this.#variable(name);
    if (value === undefined && this.#settings.keepUnset) return `\${${name}/${pattern}/${replacement}}`;
    return this.#checkPattern(pattern, replacePattern(value ?? "", pattern, { replacement, all }));
  }

  #checkPattern(pattern: string, result: string | { readonly invalid: string }): string {
    if (typeof result === "string") return result;
    throw new SubstitutionError(`invalid pattern (${pattern}) in substitution: ${result.invalid}`);
  }

  #variable(name: string): string | undefined {
    const value = this.#settings.variable(name);
    (value === undefined ? this.unmatched : this.matched).add(name);
    return value;
  }

  /** Letters, digits and `_`; digits alone when it begins with one; or one of the shell's special parameters. */
  #name(): string {
    const name = /\p{Nd}+|[@*#?\-$!]|[\p{L}\p{Nd}_]+/uy;
    name.lastIndex = this.#at;
    const found = name.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #peek(): string {
    return this.#text[this.#at] ?? "";
  }

  #next(): string {
    const next = this.#peek();
    this.#at += next.length;
    return next;
  }
}

/** Words as they come together from text that is split at white space and text that is not. */
class WordList {
  readonly #words: string[] = [];
  #word = "";

  addWhole(text: string): void {
    this.#word += text;
  }

  addSplit(text: string): void {
    for (const character of text) {
      if (!isSpace(character)) this.#word += character;
      else this.finish();
    }
  }

  finish(): readonly string[] {
    if (this.#word !== "") this.#words.push(this.#word);
    this.#word = "";
    return this.#words;
  }
}
