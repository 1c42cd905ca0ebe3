/** The commands there are. Each is loaded only when it is called. */
import type { Command } from "./command.ts";

export interface CommandEntry {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

export const commands: readonly CommandEntry[] = [
  {
    name: "build",
    aliases: ["bake"],
    summary: "Build targets and write their outputs",
    load: async () => (await import("./commands/build.ts")).buildCommand,
  },
  {
    name: "print",
    aliases: [],
    summary: "Print the resolved definition as JSON",
    load: async () => (await import("./commands/print.ts")).printCommand,
  },
  {
    name: "list",
    aliases: [],
    summary: "List targets or variables",
    load: async () => (await import("./commands/list.ts")).listCommand,
  },
  {
    name: "explain",
    aliases: [],
    summary: "Tell where the values of a target came from",
    load: async () => (await import("./commands/explain.ts")).explainCommand,
  },
  {
    name: "graph",
    aliases: [],
    summary: "Show what would be built as a graph",
    load: async () => (await import("./commands/graph.ts")).graphCommand,
  },
  {
    name: "fmt",
    aliases: ["format"],
    summary: "Format build files",
    load: async () => (await import("./commands/fmt.ts")).fmtCommand,
  },
  {
    name: "convert",
    aliases: [],
    summary: "Print a build file in another format",
    load: async () => (await import("./commands/convert.ts")).convertCommand,
  },
  {
    name: "schema",
    aliases: [],
    summary: "Print the JSON Schema of build files",
    load: async () => (await import("./commands/schema.ts")).schemaCommand,
  },
  {
    name: "check",
    aliases: ["lint"],
    summary: "Look for mistakes in build files",
    load: async () => (await import("./commands/check.ts")).checkCommand,
  },
  {
    name: "history",
    aliases: [],
    summary: "Show what a daemon remembers of past builds",
    load: async () => (await import("./commands/history.ts")).historyCommand,
  },
  {
    name: "du",
    aliases: [],
    summary: "Show what the cache of the embedded engine holds",
    load: async () => (await import("./commands/du.ts")).duCommand,
  },
  {
    name: "prune",
    aliases: [],
    summary: "Remove cache of the embedded engine",
    load: async () => (await import("./commands/prune.ts")).pruneCommand,
  },
  {
    name: "completion",
    aliases: [],
    summary: "Print a completion script for the shell",
    load: async () => (await import("./commands/completion.ts")).completionCommand,
  },
];

export function findCommand(word: string): CommandEntry | undefined {
  return commands.find(({ name, aliases }) => name === word || aliases.includes(word));
}

export function commandNames(): readonly string[] {
  return commands.flatMap(({ name, aliases }) => [name, ...aliases]);
}
