/** HEALTHCHECK. */
import type { HealthcheckInstruction, Word } from "../instruction.ts";
import { problem } from "../problems.ts";
import { isSpace } from "../syntax/characters.ts";
import type { Statement } from "../syntax/read-statements.ts";
import { cut, spanOf, type Text, trimText } from "../syntax/text.ts";
import { readCommand } from "./command-line.ts";
import { baseOf, type Context, onlyArgument } from "./context.ts";
import { parseDuration } from "./duration.ts";
import { type Flags, readFlags, tellIgnoredFlags } from "./flags.ts";

const kinds = {
  interval: "text",
  timeout: "text",
  "start-period": "text",
  "start-interval": "text",
  retries: "text",
} as const;

const shortestNs = 1e6;

export function buildHealthcheck(statement: Statement, context: Context): HealthcheckInstruction | undefined {
  if (onlyArgument(statement, context, "HEALTHCHECK CMD curl -f http://localhost/") === undefined) return undefined;
  const { type, rest } = splitType(statement.rest);
  const base = { keyword: "HEALTHCHECK", ...baseOf(statement) } as const;
  if (type.text.toUpperCase() === "NONE") {
    tellIgnoredFlags(statement, context);
    if (rest.text === "") return { ...base, command: undefined };
    tell(rest, "HEALTHCHECK NONE takes no arguments", "remove them, or write HEALTHCHECK CMD", context);
    return undefined;
  }
  const settings = readSettings(readFlags(statement, kinds, context), context);
  if (type.text.toUpperCase() !== "CMD") {
    tell(type, `HEALTHCHECK does not know ${type.text}`, "write HEALTHCHECK CMD and the command", context);
    return undefined;
  }
  const command = readCommand(rest, context);
  if (command === undefined) return undefined;
  const empty = command.form === "exec" ? command.arguments.length === 0 : command.text === "";
  if (empty)
    tell(type, "HEALTHCHECK CMD needs a command", "for example: HEALTHCHECK CMD curl -f http://localhost/", context);
  return { ...base, ...settings, command };
}

function splitType(text: Text): { readonly type: Text; readonly rest: Text } {
  let end = 0;
  while (end < text.text.length && !isSpace(text.text[end] ?? "")) end++;
  return { type: cut(text, 0, end), rest: trimText(cut(text, end)) };
}

type Settings = Omit<HealthcheckInstruction, "keyword" | "command" | "span" | "original" | "comments">;

function readSettings(flags: Flags<keyof typeof kinds>, context: Context): Settings {
  const intervalNs = readDuration(flags.text("interval"), "--interval", context);
  const timeoutNs = readDuration(flags.text("timeout"), "--timeout", context);
  const startPeriodNs = readDuration(flags.text("start-period"), "--start-period", context);
  const startIntervalNs = readDuration(flags.text("start-interval"), "--start-interval", context);
  const retries = readRetries(flags.text("retries"), context);
  return {
    ...(intervalNs !== undefined && { intervalNs }),
    ...(timeoutNs !== undefined && { timeoutNs }),
    ...(startPeriodNs !== undefined && { startPeriodNs }),
    ...(startIntervalNs !== undefined && { startIntervalNs }),
    ...(retries !== undefined && { retries }),
  };
}

function readDuration(word: Word | undefined, flag: string, { problems }: Context): number | undefined {
  if (word === undefined || word.text === "") return undefined;
  const duration = parseDuration(word.text);
  if (!duration.ok) {
    problems.add(
      problem("dockerfile/invalid-duration", word.span, `${flag}: ${duration.message}`, { hint: "for example: 1m30s" }),
    );
    return undefined;
  }
  if (duration.value === 0 || duration.value >= shortestNs) return duration.value;
  problems.add(
    problem("dockerfile/invalid-duration", word.span, `${flag} cannot be ${word.text}: the shortest is 1ms`, {
      hint: "for example: 30s; 0 stands for the default",
    }),
  );
  return undefined;
}

function readRetries(word: Word | undefined, { problems }: Context): number | undefined {
  if (word === undefined || word.text === "") return undefined;
  const retries = /^[+-]?\d+$/.test(word.text) ? Number(word.text) : Number.NaN;
  if (retries >= 0 && retries < 2 ** 31) return retries;
  problems.add(
    problem("dockerfile/invalid-retries", word.span, `--retries cannot be ${JSON.stringify(word.text)}`, {
      hint: "write a whole number, for example 3",
    }),
  );
  return undefined;
}

function tell(text: Text, message: string, hint: string, { problems }: Context): void {
  problems.add(problem("dockerfile/invalid-healthcheck", spanOf(text), message, { hint }));
}
