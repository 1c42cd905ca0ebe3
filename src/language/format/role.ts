/** What a word is for, where its kind alone does not say: `-` can be a sign or an operator, `[` a list or an index. */
import type { Word } from "./word.ts";

/**
 * - `sign` is `!` or a `-` that belongs to what follows.
 * - `splat` is the `*` of `[*]` and `.*`.
 * - `call` and `index` are the brackets that belong to what stands before them.
 * - `key-colon` follows the key of an object, any other colon has space around it.
 * - `keyword` is the `in` or `if` of a for expression.
 */
export type Role = "sign" | "splat" | "call" | "index" | "key-colon" | "keyword" | "plain";

interface Bracket {
  readonly kind: Word["kind"];
  /** Whether `for` was the first word in it. */
  isFor: boolean;
  isEmpty: boolean;
  /** Question marks whose colon has not come yet. */
  questions: number;
}

/** Tells roles in the order of the words of a file. */
export class RoleTracker {
  readonly #brackets: Bracket[] = [];
  #before: { readonly word: Word; readonly role: Role } | undefined;

  next(word: Word): Role {
    const role = this.#roleOf(word);
    this.#follow(word);
    if (word.kind !== "comment") this.#before = { word, role };
    return role;
  }

  #roleOf(word: Word): Role {
    switch (word.kind) {
      case "!":
        return "sign";
      case "-":
        return this.#afterOperand() ? "plain" : "sign";
      case "*":
        return this.#before?.word.kind === "." || this.#before?.word.kind === "[" ? "splat" : "plain";
      case "(":
        return this.#before?.word.kind === "identifier" && this.#afterOperand() ? "call" : "plain";
      case "[":
        return this.#afterOperand() ? "index" : "plain";
      case ":":
        return this.#isKeyColon() ? "key-colon" : "plain";
      case "identifier":
        return this.#innermost?.isFor === true && /^(?:in|if)$/.test(word.text) ? "keyword" : "plain";
      default:
        return "plain";
    }
  }

  get #innermost(): Bracket | undefined {
    return this.#brackets.at(-1);
  }

  /** Whether the word before can end an operand. */
  #afterOperand(): boolean {
    if (!this.#before) return false;
    const { word, role } = this.#before;
    if (role === "splat") return true;
    return role !== "keyword" && operandEnds.has(word.kind);
  }

  #isKeyColon(): boolean {
    const bracket = this.#innermost;
    return bracket?.kind === "{" && !bracket.isFor && bracket.questions === 0;
  }

  #follow(word: Word): void {
    const bracket = this.#innermost;
    if (bracket && word.kind !== "comment") {
      if (bracket.isEmpty && word.kind === "identifier" && word.text === "for") bracket.isFor = bracket.kind !== "(";
      bracket.isEmpty = false;
      if (word.kind === "?") bracket.questions++;
      if (word.kind === ":" && bracket.questions > 0) bracket.questions--;
    }
    if (word.kind === "(" || word.kind === "[" || word.kind === "{") {
      this.#brackets.push({ kind: word.kind, isFor: false, isEmpty: true, questions: 0 });
    } else if (word.kind === ")" || word.kind === "]" || word.kind === "}") this.#brackets.pop();
  }
}

const operandEnds: ReadonlySet<Word["kind"]> = new Set<Word["kind"]>([
  "identifier",
  "number",
  "template",
  ")",
  "]",
  "}",
]);
