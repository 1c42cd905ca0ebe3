/** The help texts, made from the command and flag tables. */
import type { Command } from "./command.ts";
import { type CommandEntry, commands } from "./commands.ts";
import type { Flag } from "./flag.ts";
import type { Style } from "./style.ts";

export function renderOverview(style: Style): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    "tsbake builds the targets of build files (HCL, JSON, TOML) into container images.",
    "",
    `${style.bold("Usage:")} tsbake COMMAND [FLAGS] [TARGET...]`,
    "",
    style.bold("Commands:"),
    ...commands.map((entry) => `  ${style.help(entry.name.padEnd(width))}  ${entry.summary}${aliasNote(entry)}`),
    "",
    style.bold("Examples:"),
    "  tsbake build                     build the group or target named default",
    "  tsbake build release             build the group or target named release",
    "  tsbake print release             show what would be built",
    "",
    "tsbake COMMAND --help tells more. A folder with a Dockerfile and no build file builds that Dockerfile.",
    "",
  ].join("\n");
}

export function renderCommandHelp(entry: CommandEntry, command: Command, style: Style): string {
  const groups = new Map<string, Flag[]>();
  for (const flag of command.flags) {
    if (!flag.hidden) groups.set(flag.group, [...(groups.get(flag.group) ?? []), flag]);
  }
  const width = Math.max(0, ...[...groups.values()].flat().map((flag) => flagWords(flag).length));
  return [
    command.description,
    "",
    `${style.bold("Usage:")} tsbake ${entry.name} [FLAGS] ${command.usage}`.trimEnd() + aliasNote(entry),
    ...[...groups].flatMap(([title, flags]) => [
      "",
      style.bold(`${title}:`),
      ...flags.map((flag) => `  ${style.help(flagWords(flag).padEnd(width))}  ${flag.description}`),
    ]),
    ...(command.examples.length > 0 ? ["", style.bold("Examples:"), ...exampleLines(command)] : []),
    "",
    `Exit codes: ${command.exitCodes ?? "0 done, 2 the build file or the flags are wrong."}`,
    "",
  ].join("\n");
}

function aliasNote({ aliases }: CommandEntry): string {
  return aliases.length > 0 ? `  (alias: ${aliases.join(", ")})` : "";
}

function exampleLines({ examples }: Command): readonly string[] {
  const width = Math.max(...examples.map(([line]) => line.length));
  return examples.map(([line, meaning]) => `  ${line.padEnd(width)}  ${meaning}`);
}

function flagWords({ name, short, kind, placeholder }: Flag): string {
  const long = `${short ? `-${short}, ` : "    "}--${name}`;
  return kind === "switch" ? long : `${long} ${placeholder ?? "VALUE"}`;
}
