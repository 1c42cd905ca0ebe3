/** What a shell may offer for the word at the cursor. Called by the completion script on every tab: quick, silent, never failing. */
import { load } from "../api/load.ts";
import { listTargets } from "../report/listing.ts";
import type { Host } from "./command.ts";
import { commandNames, findCommand } from "./commands.ts";
import type { Flag } from "./flag.ts";

/** `words` are those of the command line so far, the program first and the unfinished one last. */
export async function completions(words: readonly string[], host: Host): Promise<readonly string[]> {
  const current = words.at(-1) ?? "";
  const typed = words.slice(1, -1);
  return (await candidates(typed, current, host)).filter((candidate) => candidate.startsWith(current)).sort();
}

async function candidates(typed: readonly string[], current: string, host: Host): Promise<readonly string[]> {
  const [name, ...rest] = typed;
  if (name === undefined) return commandNames();
  const command = await findCommand(name)?.load();
  if (!command) return [];
  const awaiting = command.flags.find((flag) => flag.kind !== "switch" && flagWords(flag).includes(rest.at(-1) ?? ""));
  if (awaiting) return awaiting.choices ?? [];
  if (current.startsWith("-")) return command.flags.filter(({ hidden }) => !hidden).flatMap(flagWords);
  return command.usage.includes("TARGET") ? targetNames(rest, host) : [];
}

async function targetNames(rest: readonly string[], host: Host): Promise<readonly string[]> {
  const files = rest.flatMap((word, index) => (word === "-f" || word === "--file" ? (rest[index + 1] ?? []) : []));
  const { environment, workingFolder } = host;
  const { value } = await load({ environment, workingFolder, files });
  return listTargets(value).map(({ name }) => name);
}

function flagWords({ name, short }: Flag): readonly string[] {
  return short ? [`--${name}`, `-${short}`] : [`--${name}`];
}
