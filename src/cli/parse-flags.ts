/** The command line, read as the peer's flag library reads it. */
import { parseBoolean } from "../base/boolean.ts";
import { didYouMean } from "../base/suggest.ts";
import { type Flag, type ParsedFlags, UsageError } from "./flag.ts";

/**
 * Reads the words after the command. A switch never takes the next word; `-fFILE`, `-f FILE`, `-f=FILE`, `--file FILE` and `--file=FILE` are
 * the same, and a value may begin with a dash. Short switches go together: `-af` is `-a -f`. Flags and names may be mixed; `--` ends the flags. Throws a UsageError for an unknown flag,
 * a missing or impossible value.
 */
export function parseFlags(words: readonly string[], flags: readonly Flag[]): ParsedFlags {
  const byWord = new Map(flags.flatMap((flag) => [[`--${flag.name}`, flag] as const, ...shortWord(flag)]));
  const names: string[] = [];
  const given = new Map<string, string[]>();
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (word === "--") {
      names.push(...words.slice(i + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      names.push(word);
      continue;
    }
    for (const { name, value: attached } of splitWord(word, byWord)) {
      const flag = byWord.get(name);
      if (!flag) throw unknownFlag(name, byWord.keys());
      const value = attached ?? (flag.kind === "switch" ? "true" : words[++i]);
      if (value === undefined) {
        throw new UsageError(`flag ${name} needs a value`, `write ${name}=${flag.placeholder ?? "VALUE"}`);
      }
      checkValue(flag, value);
      given.set(flag.name, [...(given.get(flag.name) ?? []), value]);
    }
  }
  return parsedFlags(names, given);
}

function parsedFlags(words: readonly string[], given: ReadonlyMap<string, readonly string[]>): ParsedFlags {
  const last = (name: string): string | undefined => given.get(name)?.at(-1);
  return {
    words,
    switch: (name) => parseBoolean(last(name) ?? ""),
    text: last,
    list: (name) => given.get(name) ?? [],
  };
}

function shortWord(flag: Flag): (readonly [string, Flag])[] {
  return flag.short ? [[`-${flag.short}`, flag] as const] : [];
}

interface Word {
  readonly name: string;
  readonly value: string | undefined;
}

/** `--set=a=b` → `--set`, `a=b`; `-fFILE` → `-f`, `FILE`; `-Df=FILE` → `-D` and `-f`, `FILE`. */
function splitWord(word: string, flags: ReadonlyMap<string, Flag>): readonly Word[] {
  if (word.startsWith("--")) {
    const equals = word.indexOf("=");
    return [
      equals === -1 ? { name: word, value: undefined } : { name: word.slice(0, equals), value: word.slice(equals + 1) },
    ];
  }
  const split: Word[] = [];
  for (let at = 1; ; at++) {
    const name = `-${word[at]}`;
    const rest = word.slice(at + 1);
    const goesOn = flags.get(name)?.kind === "switch" && rest !== "" && !rest.startsWith("=");
    split.push({ name, value: goesOn || rest === "" ? undefined : rest.replace(/^=/, "") });
    if (!goesOn) return split;
  }
}

function unknownFlag(name: string, known: Iterable<string>): UsageError {
  // Every letter is near every other one.
  const near = name.startsWith("--") ? didYouMean(name, known) : undefined;
  return new UsageError(`unknown flag ${name}`, near ?? "tsbake COMMAND --help lists the flags of a command");
}

function checkValue(flag: Flag, value: string): void {
  if (flag.kind === "switch" && parseBoolean(value) === undefined) {
    throw new UsageError(`flag --${flag.name} is a switch: ${JSON.stringify(value)} is neither true nor false`);
  }
  if (flag.choices && !flag.choices.includes(value)) {
    throw new UsageError(
      `flag --${flag.name}: unknown value ${JSON.stringify(value)}`,
      didYouMean(value, flag.choices) ?? `one of ${flag.choices.join(", ")}`,
    );
  }
}
