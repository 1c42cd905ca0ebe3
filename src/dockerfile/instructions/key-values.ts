/** ARG, ENV and LABEL: names and their values. */
import type { Span } from "../../base/span.ts";
import type { ArgInstruction, ArgItem, EnvInstruction, KeyValue, LabelInstruction } from "../instruction.ts";
import { problem } from "../problems.ts";
import type { Statement } from "../syntax/read-statements.ts";
import { spanOf, type Text } from "../syntax/text.ts";
import { splitFirst, splitQuotedWords } from "../syntax/words.ts";
import { baseOf, type Context, onlyArgument } from "./context.ts";
import { readFlags, tellIgnoredFlags } from "./flags.ts";

export function buildArg(statement: Statement, context: Context): ArgInstruction | undefined {
  tellIgnoredFlags(statement, context);
  if (onlyArgument(statement, context, "ARG VERSION=1.0") === undefined) return undefined;
  const items = splitQuotedWords(statement.rest, context.escape).map((word) => argItem(word, context));
  return { keyword: "ARG", items, ...baseOf(statement) };
}

function argItem(word: Text, context: Context): ArgItem {
  const equals = word.text.indexOf("=");
  if (equals === -1) return { name: word.text, span: spanOf(word) };
  if (equals === 0) tellBlank("ARG", spanOf(word), context);
  return { name: word.text.slice(0, equals), value: word.text.slice(equals + 1), span: spanOf(word) };
}

export function buildEnv(statement: Statement, context: Context): EnvInstruction | undefined {
  readFlags(statement, {}, context);
  const read = readPairs(statement, context);
  return read && { keyword: "ENV", ...read, ...baseOf(statement) };
}

export function buildLabel(statement: Statement, context: Context): LabelInstruction | undefined {
  readFlags(statement, {}, context);
  const read = readPairs(statement, context);
  return read && { keyword: "LABEL", ...read, ...baseOf(statement) };
}

interface Pairs {
  readonly pairs: readonly KeyValue[];
  /** `name value`: one pair, and all after the name is the value. */
  readonly legacy: boolean;
}

function readPairs(statement: Statement, context: Context): Pairs | undefined {
  const name = statement.keyword.text.toUpperCase();
  if (onlyArgument(statement, context, `${name} name=value`) === undefined) return undefined;
  const words = splitQuotedWords(statement.rest, context.escape);
  if (!words[0]?.text.includes("=")) return readLegacyPair(statement.rest, name, context);
  return { pairs: words.flatMap((word) => readPair(word, name, context) ?? []), legacy: false };
}

function readLegacyPair(text: Text, name: string, context: Context): Pairs | undefined {
  const { first, rest } = splitFirst(text);
  if (rest !== undefined) {
    return { pairs: [{ key: first.text, value: rest.text, span: spanOf(text) }], legacy: true };
  }
  context.problems.add(
    problem("dockerfile/missing-value", spanOf(text), `${name} gives "${text.text}" no value`, {
      hint: `write ${name} ${text.text}=value`,
    }),
  );
  return undefined;
}

function readPair(word: Text, name: string, context: Context): KeyValue | undefined {
  const equals = word.text.indexOf("=");
  const span = spanOf(word);
  if (equals === -1) {
    context.problems.add(
      problem("dockerfile/missing-equals", span, `"${word.text}" is no name=value`, {
        hint: "a value with spaces in it stands in quotes",
      }),
    );
    return undefined;
  }
  if (equals === 0) tellBlank(name, span, context);
  return { key: word.text.slice(0, equals), value: word.text.slice(equals + 1), span };
}

function tellBlank(name: string, span: Span, { problems }: Context): void {
  problems.add(
    problem("dockerfile/blank-name", span, `${name} has a value without a name`, {
      hint: "write the name before the equals sign, without a space between them",
    }),
  );
}
