/** The flags of an instruction, held against those it has. */
import { didYouMean } from "../../base/suggest.ts";
import { enumerate } from "../../base/text.ts";
import type { Word } from "../instruction.ts";
import { type DockerfileCode, problem } from "../problems.ts";
import type { Statement } from "../syntax/read-statements.ts";
import type { WrittenFlag } from "../syntax/split-command.ts";
import { cut, spanOf } from "../syntax/text.ts";
import { type Context, wordOf } from "./context.ts";

/** `list`: it may be repeated. `boolean`: its value may be left out. */
export type FlagKind = "text" | "list" | "boolean";

export interface Flags<Name extends string> {
  /** The value of a flag that is given once. */
  readonly text: (name: Name) => Word | undefined;
  readonly list: (name: Name) => readonly Word[];
  readonly truth: (name: Name) => boolean | undefined;
}

export function readFlags<Name extends string>(
  statement: Statement,
  kinds: Readonly<Record<Name, FlagKind>>,
  context: Context,
): Flags<Name> {
  const found = new Map<string, Word[]>();
  const known: ReadonlyMap<string, FlagKind> = new Map(Object.entries<FlagKind>(kinds));
  for (const flag of statement.flags) {
    const read = readFlag(flag);
    const wrong = whatIsWrong(read, { kind: known.get(read.name), names: [...known.keys()], given: found });
    if (wrong === undefined) {
      const values = found.get(read.name) ?? [];
      values.push(read.value);
      found.set(read.name, values);
    } else {
      const instruction = statement.keyword.text.toUpperCase();
      const message = wrong.message.replace("INSTRUCTION", instruction);
      context.problems.add(problem(wrong.code, spanOf(flag.text), message, { hint: wrong.hint }));
    }
  }
  return {
    text: (name) => found.get(name)?.[0],
    list: (name) => found.get(name) ?? [],
    truth: (name) => {
      const value = found.get(name)?.[0]?.text;
      return value === undefined ? undefined : value.toLowerCase() !== "false";
    },
  };
}

/** For instructions that read no flags at all: they are passed over, and it is better to know. */
export function tellIgnoredFlags(statement: Statement, { problems }: Context): void {
  for (const flag of statement.flags) {
    const name = statement.keyword.text.toUpperCase();
    problems.add(
      problem("dockerfile/ignored-flag", spanOf(flag.text), `${name} has no flags: ${flag.value} does nothing`, {
        hint: "remove it; where it is meant as an argument, put -- before it",
      }),
    );
  }
}

interface ReadFlag {
  readonly name: string;
  readonly hasValue: boolean;
  readonly value: Word;
}

function readFlag({ value, text }: WrittenFlag): ReadFlag {
  const equals = value.indexOf("=");
  if (equals === -1) return { name: value.slice(2), hasValue: false, value: { text: "", span: spanOf(text) } };
  const place = cut(text, text.text.indexOf("=") + 1);
  return { name: value.slice(2, equals), hasValue: true, value: { ...wordOf(place), text: value.slice(equals + 1) } };
}

interface Wrong {
  readonly code: DockerfileCode;
  readonly message: string;
  readonly hint?: string | undefined;
}

interface Expected {
  readonly kind: FlagKind | undefined;
  readonly names: readonly string[];
  readonly given: ReadonlyMap<string, unknown>;
}

function whatIsWrong({ name, hasValue, value }: ReadFlag, { kind, names, given }: Expected): Wrong | undefined {
  if (kind === undefined) {
    const all = names.map((known) => `--${known}`);
    const choice = all.length === 0 ? "it has no flags" : `its flags are ${enumerate(all, 10)}`;
    return {
      code: "dockerfile/unknown-flag",
      message: `INSTRUCTION has no flag --${name}`,
      hint: didYouMean(`--${name}`, all) ?? choice,
    };
  }
  if (kind !== "list" && given.has(name)) {
    return { code: "dockerfile/repeated-flag", message: `--${name} is given twice`, hint: "keep one of them" };
  }
  if (kind === "boolean") {
    if (/^(?:true|false)$/i.test(value.text) || !hasValue) return undefined;
    const message = `--${name} is true or false, not ${JSON.stringify(value.text)}`;
    return { code: "dockerfile/flag-not-boolean", message, hint: `write --${name}, or --${name}=false` };
  }
  if (hasValue) return undefined;
  return {
    code: "dockerfile/flag-without-value",
    message: `--${name} needs a value`,
    hint: `write --${name}=VALUE, without a space around the equals sign`,
  };
}
