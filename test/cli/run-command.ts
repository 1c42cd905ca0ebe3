/** Runs a command in this process, as `tsbake WORDS` would in a folder. */
import { findCommand } from "../../src/cli/commands.ts";
import { UsageError } from "../../src/cli/flag.ts";
import { parseFlags } from "../../src/cli/parse-flags.ts";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A wrong call ends with code 2 and its message on stderr, as the program does it. */
export async function runCommand(words: readonly string[], { folder, environment = {} }: RunOptions): Promise<Ran> {
  const [name = "", ...rest] = words;
  const command = await findCommand(name)?.load();
  if (!command) throw new Error(`there is no command ${name}`);
  let stdout = "";
  let stderr = "";
  const host = {
    environment,
    workingFolder: folder,
    stdout: {
      write: (text: string | Uint8Array) => {
        stdout += String(text);
      },
    },
    stderr: {
      write: (text: string | Uint8Array) => {
        stderr += String(text);
      },
    },
    signal: new AbortController().signal,
  };
  try {
    const code = await command.run(parseFlags(rest, command.flags), host);
    return { code, stdout, stderr };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const hint = error.hint === undefined ? "" : `  help: ${error.hint}\n`;
    return { code: 2, stdout, stderr: `${stderr}error: ${error.message}\n${hint}` };
  }
}
