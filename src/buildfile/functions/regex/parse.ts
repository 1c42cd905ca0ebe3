/** Reads the RE2 syntax of regular expressions, with its limits. */
import { lineEnd, lineStart, noWordBoundary, textEnd, textStart, wordBoundary } from "./assertions.ts";
import { anyCodePoint, exactCodePoint, foldedCodePoint, unionOf } from "./character-set.ts";
import { PatternCursor } from "./cursor.ts";
import { readClass, readClassEscape, readEscapedCodePoint } from "./read-class.ts";
import { type Flags, groupOpening } from "./read-group.ts";
import { readRepetition } from "./read-repetition.ts";
import { type Assertion, type ParsedPattern, type Pattern, PatternError } from "./syntax.ts";

/** Groups within groups. */
const deepest = 200;

/** Throws a PatternError that says what is wrong. */
export function parsePattern(text: string): ParsedPattern {
  return new PatternParser(text).parse();
}

class PatternParser {
  readonly #cursor: PatternCursor;
  readonly #groups: (string | undefined)[] = [];
  #flags: Flags = { ignoreCase: false, multiline: false, dotAll: false, ungreedy: false };
  #depth = 0;

  constructor(text: string) {
    this.#cursor = new PatternCursor(text);
  }

  parse(): ParsedPattern {
    const root = this.#choice();
    if (!this.#cursor.atEnd) throw new PatternError("a ) has no ( before it");
    return { root, groups: this.#groups };
  }

  #choice(): Pattern {
    const options = [this.#sequence()];
    while (this.#cursor.takes("|")) options.push(this.#sequence());
    return options.length === 1 && options[0] !== undefined ? options[0] : { kind: "choice", options };
  }

  #sequence(): Pattern {
    const parts: Pattern[] = [];
    while (!this.#cursor.atEnd && !this.#cursor.startsWith("|") && !this.#cursor.startsWith(")")) {
      if (this.#cursor.takes("\\Q")) parts.push(...this.#quoted());
      else parts.push(...this.#repeated());
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: "sequence", parts };
  }

  /** What follows `\Q`, up to `\E` or the end; a repetition behind it belongs to the last character. */
  #quoted(): readonly Pattern[] {
    const parts: Pattern[] = [];
    while (!this.#cursor.atEnd && !this.#cursor.takes("\\E")) parts.push(this.#literal(this.#cursor.next()));
    const last = parts.pop();
    return last === undefined ? parts : [...parts, this.#withRepetition(last)];
  }

  /** None for flags, which stand for nothing in the text. */
  #repeated(): readonly Pattern[] {
    const { offset } = this.#cursor;
    if (readRepetition(this.#cursor) !== undefined) {
      throw new PatternError(`nothing is there for ${this.#cursor.since(offset)} to repeat`);
    }
    const atom = this.#atom();
    return atom === undefined ? [] : [this.#withRepetition(atom)];
  }

  #withRepetition(body: Pattern): Pattern {
    const start = this.#cursor.offset;
    const repetition = readRepetition(this.#cursor);
    if (repetition === undefined) return body;
    if (readRepetition(this.#cursor) !== undefined) {
      throw new PatternError(`the repetition ${this.#cursor.since(start)} repeats a repetition; use a group`);
    }
    const { minimum, maximum, lazy } = repetition;
    return { kind: "repetition", body, minimum, maximum, greedy: lazy === this.#flags.ungreedy };
  }

  #atom(): Pattern | undefined {
    const cursor = this.#cursor;
    const { ignoreCase, multiline, dotAll } = this.#flags;
    if (cursor.startsWith("(")) return this.#group();
    if (cursor.takes("[")) return { kind: "one", set: readClass(cursor, ignoreCase) };
    if (cursor.takes(".")) return { kind: "one", set: anyCodePoint(dotAll) };
    if (cursor.takes("^")) return assertion(multiline ? lineStart : textStart);
    if (cursor.takes("$")) return assertion(multiline ? lineEnd : textEnd);
    if (cursor.takes("\\")) return this.#escape();
    return this.#literal(cursor.next());
  }

  #escape(): Pattern {
    const cursor = this.#cursor;
    if (cursor.takes("A")) return assertion(textStart);
    if (cursor.takes("z")) return assertion(textEnd);
    if (cursor.takes("b")) return assertion(wordBoundary);
    if (cursor.takes("B")) return assertion(noWordBoundary);
    const part = readClassEscape(cursor);
    if (part === undefined) return this.#literal(readEscapedCodePoint(cursor));
    return { kind: "one", set: unionOf([part], { ignoreCase: this.#flags.ignoreCase, negated: false }) };
  }

  #literal(codePoint: number): Pattern {
    const set = this.#flags.ignoreCase ? foldedCodePoint(codePoint) : exactCodePoint(codePoint);
    return { kind: "one", set };
  }

  #group(): Pattern | undefined {
    const opening = groupOpening(this.#cursor, this.#flags);
    if (opening.kind === "flags") {
      this.#flags = opening.flags;
      return undefined;
    }
    if (++this.#depth > deepest) throw new PatternError(`groups nest more than ${deepest} levels deep`);
    const outer = this.#flags;
    this.#flags = opening.flags;
    const index = opening.capturing ? this.#addGroup(opening.name) : undefined;
    const body = this.#choice();
    if (!this.#cursor.takes(")")) throw new PatternError("a ( has no ) after it");
    this.#flags = outer;
    this.#depth--;
    return index === undefined ? body : { kind: "group", index, body };
  }

  #addGroup(name: string | undefined): number {
    if (name !== undefined && this.#groups.includes(name)) throw new PatternError(`two groups are named ${name}`);
    return this.#groups.push(name);
  }
}

function assertion(holds: Assertion): Pattern {
  return { kind: "assertion", holds };
}
