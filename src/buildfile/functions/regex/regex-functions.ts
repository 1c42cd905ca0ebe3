/** `regex`, `regexall` and `regex_replace` (spec bake-language, section 10). */
import { FunctionFailure } from "../../hcl/function.ts";
import { objectType, tupleType } from "../../hcl/type.ts";
import {
  listValue,
  nullOf,
  objectValue,
  stringType,
  stringValue,
  type Type,
  tupleValue,
  type Value,
} from "../../hcl/value.ts";
import { define, type FunctionTable } from "../define.ts";
import { allowElements, allowText } from "../limits.ts";
import { compile, type Program } from "./compile.ts";
import { type Captures, type Effort, search, searchAll } from "./match.ts";
import { parsePattern } from "./parse.ts";
import { expandReplacement } from "./replacement.ts";
import { PatternError } from "./syntax.ts";

const inputs = { pattern: stringType, string: stringType };

export const regexFunctions: FunctionTable = {
  regex: define(
    "The first match of an RE2 pattern: its text, or its groups as a list, or its named groups as an object. No match is an error.",
    inputs,
    (args) => {
      const program = programOf(args.text(0), 0);
      const shape = shapeOf(program, 0);
      const text = args.text(1);
      const captures = search(program, text, 0, newEffort());
      if (captures === undefined) throw new FunctionFailure("the pattern matches no part of the string");
      return resultOf(shape, program, text, captures);
    },
  ),
  regexall: define(
    "All matches of an RE2 pattern, each as regex gives it; an empty list when there are none.",
    inputs,
    (args) => {
      const program = programOf(args.text(0), 0);
      const shape = shapeOf(program, 0);
      const text = args.text(1);
      const found: Value[] = [];
      for (const captures of searchAll(program, text, newEffort())) {
        found.push(resultOf(shape, program, text, captures));
        allowElements(found.length);
      }
      return listValue(typeOfShape(shape, program), found);
    },
  ),
  regex_replace: define(
    "Replaces all matches of an RE2 pattern; $1, ${1} and ${name} in the replacement stand for groups, $$ for a dollar sign.",
    { str: stringType, pattern: stringType, replace: stringType },
    (args) => stringValue(replaceAll(programOf(args.text(1), 1), args.text(0), args.text(2))),
  ),
};

function replaceAll(program: Program, text: string, replacement: string): string {
  const pieces: string[] = [];
  let length = 0;
  let done = 0;
  for (const captures of searchAll(program, text, newEffort())) {
    const [start = 0, end = 0] = captures;
    const inserted = expandReplacement(replacement, { text, captures, groups: program.groups });
    length += start - done + inserted.length;
    allowText(length);
    pieces.push(text.slice(done, start), inserted);
    done = end;
  }
  pieces.push(text.slice(done));
  return pieces.join("");
}

/** What a match is given as. */
type Shape = "text" | "list" | "object";

function shapeOf({ groups }: Program, argument: number): Shape {
  const named = groups.filter((name) => name !== undefined).length;
  if (groups.length === 0) return "text";
  if (named === 0) return "list";
  if (named === groups.length) return "object";
  const message =
    "the pattern mixes groups with and without a name; name all of them, or write (?:…) for those that capture nothing";
  throw new FunctionFailure(message, argument);
}

function typeOfShape(shape: Shape, { groups }: Program): Type {
  if (shape === "text") return stringType;
  if (shape === "list") return tupleType(groups.map(() => stringType));
  return objectType(groups.map((name) => [name ?? "", stringType]));
}

function resultOf(shape: Shape, { groups }: Program, text: string, captures: Captures): Value {
  if (shape === "text") return stringValue(text.slice(captures[0], captures[1]));
  const values = groups.map((_, index) => {
    const start = captures[2 * index + 2] ?? -1;
    return start < 0 ? nullOf(stringType) : stringValue(text.slice(start, captures[2 * index + 3]));
  });
  if (shape === "list") return tupleValue(values);
  return objectValue(groups.map((name, index) => [name ?? "", values[index] ?? nullOf(stringType)]));
}

/** Programs of the patterns used last: a pattern in a loop or a validation comes many times. */
const programs = new Map<string, Program>();
const rememberedPrograms = 50;

function programOf(pattern: string, argument: number): Program {
  const known = programs.get(pattern);
  if (known) return known;
  const program = compiled(pattern, argument);
  if (programs.size >= rememberedPrograms) programs.clear();
  programs.set(pattern, program);
  return program;
}

function compiled(pattern: string, argument: number): Program {
  try {
    return compile(parsePattern(pattern));
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new FunctionFailure(
      `the pattern ${JSON.stringify(shortened(pattern))} is not valid: ${error.message}`,
      argument,
    );
  }
}

function shortened(pattern: string): string {
  return pattern.length <= 60 ? pattern : `${pattern.slice(0, 59)}…`;
}

/** Steps of the matching machine a call may take: about a second. */
const mostEffort = 10_000_000;

function newEffort(): Effort {
  let left = mostEffort;
  return {
    spend: (steps) => {
      left -= steps;
      if (left < 0) throw new FunctionFailure("the string is too long for a pattern this complex");
    },
  };
}
