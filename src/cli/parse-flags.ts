/** The command line as the peer's flag library reads it, on top of yargs. */
import yargs from "yargs";
import { parseBoolean } from "../base/boolean.ts";
import { didYouMean } from "../base/suggest.ts";
import { type Flag, type ParsedFlags, UsageError } from "./flag.ts";

/**
 * Parses the words after the command. Flags and names may be mixed; `--` ends the flags. Throws a UsageError for an unknown flag,
 * a missing or impossible value.
 */
export function parseFlags(words: readonly string[], flags: readonly Flag[]): ParsedFlags {
  const parsed = createParser(flags).parseSync(normalizeWords(words, flags));
  const given = new Map<string, readonly string[]>();
  for (const flag of flags) {
    const value: unknown = parsed[flag.name];
    if (value !== undefined) given.set(flag.name, (Array.isArray(value) ? value : [value]).map(String));
  }
  for (const flag of flags) checkValues(flag, given.get(flag.name) ?? []);
  const last = (name: string): string | undefined => given.get(name)?.at(-1);
  return {
    words: parsed._.map(String),
    switch: (name) => {
      const text = last(name);
      return text === undefined ? undefined : parseBoolean(text);
    },
    text: last,
    list: (name) => given.get(name) ?? [],
  };
}

function createParser(flags: readonly Flag[]) {
  const parser = yargs()
    .help(false)
    .version(false)
    .exitProcess(false)
    .parserConfiguration({
      "boolean-negation": false,
      "camel-case-expansion": false,
      "dot-notation": false,
      "duplicate-arguments-array": true,
      "greedy-arrays": false,
      "parse-numbers": false,
      "parse-positional-numbers": false,
      "short-option-groups": false,
      "strip-aliased": true,
    })
    .fail((message, error) => {
      throw error ?? new UsageError(message);
    });
  for (const flag of flags) {
    parser.option(flag.name, {
      type: "string",
      ...(flag.short ? { alias: flag.short } : {}),
    });
  }
  return parser;
}

/**
 * Brings every flag into the one form `--name=value`, so that what a word means never depends on guesses: a switch never takes the next
 * word, `-fFILE`, `-f FILE` and `-f=FILE` are the same, and a value may begin with a dash.
 */
function normalizeWords(words: readonly string[], flags: readonly Flag[]): string[] {
  const byWord = new Map(flags.flatMap((flag) => [[`--${flag.name}`, flag] as const, ...shortWord(flag)]));
  const normal: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (word === "--") return [...normal, ...words.slice(i)];
    if (!word.startsWith("-") || word === "-") {
      normal.push(word);
      continue;
    }
    const { name, value } = splitWord(word);
    const flag = byWord.get(name);
    if (!flag) throw unknownFlag(name, byWord.keys());
    if (flag.kind === "switch") normal.push(`--${flag.name}=${value ?? "true"}`);
    else if (value !== undefined) normal.push(`--${flag.name}=${value}`);
    else if (i + 1 < words.length) normal.push(`--${flag.name}=${words[++i]}`);
    else throw new UsageError(`flag ${name} needs a value`, `write ${name}=${flag.placeholder ?? "VALUE"}`);
  }
  return normal;
}

function shortWord(flag: Flag): (readonly [string, Flag])[] {
  return flag.short ? [[`-${flag.short}`, flag] as const] : [];
}

/** `--set=a=b` → `--set`, `a=b`; `-fFILE` → `-f`, `FILE`. */
function splitWord(word: string): {
  readonly name: string;
  readonly value: string | undefined;
} {
  if (!word.startsWith("--")) {
    const rest = word.slice(2);
    return {
      name: word.slice(0, 2),
      value: rest === "" ? undefined : rest.replace(/^=/, ""),
    };
  }
  const equals = word.indexOf("=");
  return equals === -1
    ? { name: word, value: undefined }
    : { name: word.slice(0, equals), value: word.slice(equals + 1) };
}

function unknownFlag(name: string, known: Iterable<string>): UsageError {
  return new UsageError(
    `unknown flag ${name}`,
    didYouMean(name, known) ?? "tsbake --help lists the flags of a command",
  );
}

function checkValues(flag: Flag, values: readonly string[]): void {
  for (const value of values) {
    if (flag.kind === "switch" && parseBoolean(value) === undefined) {
      throw new UsageError(`flag --${flag.name} is a switch: ${JSON.stringify(value)} is neither true nor false`);
    }
    if (flag.choices && !flag.choices.includes(value)) {
      const near = didYouMean(value, flag.choices);
      throw new UsageError(
        `flag --${flag.name}: unknown value ${JSON.stringify(value)}`,
        near ?? `one of ${flag.choices.join(", ")}`,
      );
    }
  }
}
