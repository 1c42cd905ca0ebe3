/** The formatting directives of `format` (spec bake-language, section 10.1). */
import { FunctionFailure } from "../../hcl/function.ts";

/** `%[flags][width][.precision][[argument]]letter`. */
export interface Verb {
  /** As written. */
  readonly text: string;
  readonly letter: string;
  readonly flags: Flags;
  readonly width: number;
  readonly precision: number | undefined;
  /** Counted from 1; undefined takes the one after the last used. */
  readonly argument: number | undefined;
}

interface Flags {
  /** `#` */
  readonly alternate: boolean;
  /** `0` */
  readonly zeros: boolean;
  /** `-` */
  readonly left: boolean;
  /** `+` */
  readonly plus: boolean;
  readonly space: boolean;
}

const directive = /%(?:%|([#0\-+ ]*)([1-9][0-9]*)?(?:\.([0-9]*))?(?:\[([1-9][0-9]*)\])?([A-Za-z]))/y;

const widest = 10_000;

/** Literal texts and verbs, in their order. Throws a FunctionFailure that blames the first argument. */
export function parseFormat(format: string): readonly (string | Verb)[] {
  const parts: (string | Verb)[] = [];
  for (let at = 0; at < format.length; ) {
    const percent = format.indexOf("%", at);
    if (percent !== at) {
      parts.push(format.slice(at, percent < 0 ? undefined : percent));
      if (percent < 0) return parts;
    }
    directive.lastIndex = percent;
    const found = directive.exec(format);
    if (found === null) throw new FunctionFailure(malformed(format, percent), 0);
    parts.push(found[0] === "%%" ? "%" : verbOf(found));
    at = directive.lastIndex;
  }
  return parts;
}

function verbOf([text, flags = "", width, precision, argument, letter = ""]: RegExpExecArray): Verb {
  return {
    text,
    letter,
    flags: {
      alternate: flags.includes("#"),
      zeros: flags.includes("0"),
      left: flags.includes("-"),
      plus: flags.includes("+"),
      space: flags.includes(" "),
    },
    width: bounded(Number(width ?? 0), text),
    precision: precision === undefined ? undefined : bounded(Number(precision), text),
    argument: argument === undefined ? undefined : Number(argument),
  };
}

function bounded(size: number, text: string): number {
  if (size <= widest) return size;
  throw new FunctionFailure(`${text} asks for more than ${widest} characters`, 0);
}

function malformed(format: string, percent: number): string {
  const rest = /^.{0,6}/su.exec(format.slice(percent))?.[0];
  return `${JSON.stringify(rest)} in the format is no verb; write %% for a percent sign`;
}
