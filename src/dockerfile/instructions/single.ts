/** The instructions that take one argument, or a plain list of them. */
import { compareBytes } from "../../base/text.ts";
import type {
  CommandInstruction,
  ExposeInstruction,
  MaintainerInstruction,
  ShellInstruction,
  StopSignalInstruction,
  UserInstruction,
  VolumeInstruction,
  WorkdirInstruction,
} from "../instruction.ts";
import { problem } from "../problems.ts";
import { trimSpace } from "../syntax/characters.ts";
import type { Statement } from "../syntax/read-statements.ts";
import { spanOf } from "../syntax/text.ts";
import { splitWords } from "../syntax/words.ts";
import { readCommand, readList } from "./command-line.ts";
import { baseOf, type Context, onlyArgument, wordOf } from "./context.ts";
import { readFlags, tellIgnoredFlags } from "./flags.ts";

/** CMD and ENTRYPOINT. Without arguments they are the shell with an empty text. */
export function buildCommand(
  keyword: CommandInstruction["keyword"],
): (statement: Statement, context: Context) => CommandInstruction | undefined {
  return (statement, context) => {
    readFlags(statement, {}, context);
    const command = readCommand(statement.rest, context);
    return command && { keyword, command, ...baseOf(statement) };
  };
}

export function buildExpose(statement: Statement, context: Context): ExposeInstruction | undefined {
  readFlags(statement, {}, context);
  if (onlyArgument(statement, context, "EXPOSE 8080") === undefined) return undefined;
  const ports = splitWords(statement.rest).map(wordOf);
  return { keyword: "EXPOSE", ports: ports.sort((a, b) => compareBytes(a.text, b.text)), ...baseOf(statement) };
}

export function buildMaintainer(statement: Statement, context: Context): MaintainerInstruction | undefined {
  readFlags(statement, {}, context);
  const name = onlyArgument(statement, context, "LABEL org.opencontainers.image.authors=NAME");
  return name && { keyword: "MAINTAINER", name: name.text, ...baseOf(statement) };
}

export function buildShell(statement: Statement, context: Context): ShellInstruction | undefined {
  readFlags(statement, {}, context);
  const example = 'SHELL ["/bin/bash", "-c"]';
  if (onlyArgument(statement, context, example) === undefined) return undefined;
  const command = readCommand(statement.rest, context);
  if (command === undefined) return undefined;
  const code = "dockerfile/not-json";
  if (command.form === "shell") {
    const hint = `for example: ${example}`;
    context.problems.add(problem(code, spanOf(statement.rest), "SHELL is not written as a JSON array", { hint }));
    return undefined;
  }
  if (command.arguments.length === 0) {
    const hint = `for example: ${example}`;
    context.problems.add(problem(code, spanOf(statement.rest), "SHELL names no program", { hint }));
    return undefined;
  }
  return { keyword: "SHELL", arguments: command.arguments, ...baseOf(statement) };
}

export function buildStopSignal(statement: Statement, context: Context): StopSignalInstruction | undefined {
  tellIgnoredFlags(statement, context);
  const signal = onlyArgument(statement, context, "STOPSIGNAL SIGQUIT");
  return signal && { keyword: "STOPSIGNAL", signal, ...baseOf(statement) };
}

export function buildUser(statement: Statement, context: Context): UserInstruction | undefined {
  readFlags(statement, {}, context);
  const user = onlyArgument(statement, context, "USER 1000");
  return user && { keyword: "USER", user, ...baseOf(statement) };
}

export function buildVolume(statement: Statement, context: Context): VolumeInstruction | undefined {
  readFlags(statement, {}, context);
  if (onlyArgument(statement, context, "VOLUME /data") === undefined) return undefined;
  const written = readList(statement.rest, context);
  const paths = written?.map((word) => ({ ...word, text: trimSpace(word.text) }));
  const empty = paths?.find((path) => path.text === "")?.span ?? (paths?.length === 0 && spanOf(statement.rest));
  if (empty) {
    const hint = "for example: VOLUME /data";
    context.problems.add(problem("dockerfile/empty-volume", empty, "the volume has no path", { hint }));
  }
  return paths && { keyword: "VOLUME", paths, ...baseOf(statement) };
}

export function buildWorkdir(statement: Statement, context: Context): WorkdirInstruction | undefined {
  readFlags(statement, {}, context);
  const path = onlyArgument(statement, context, "WORKDIR /app");
  return path && { keyword: "WORKDIR", path, ...baseOf(statement) };
}
