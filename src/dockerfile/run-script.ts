/** What a RUN with heredocs hands to the shell. */
import type { Command, RunInstruction } from "./instruction.ts";
import { heredocOf } from "./syntax/heredoc.ts";

/** `file`: a script with its own `#!`, which is started as `/dev/pipes/NAME` (mode 0755, read only). */
export type RunScript =
  | { readonly kind: "command"; readonly command: Command }
  | { readonly kind: "file"; readonly name: string; readonly body: string };

/**
 * A heredoc that is the whole command is the text of the shell; where there is more, the heredocs are put together again for the shell to
 * read. Nothing is expanded, that is for the shell as well. On Windows a `#!` means nothing.
 */
export function runScript(run: Pick<RunInstruction, "command" | "heredocs">, os = "linux"): RunScript {
  const { command, heredocs } = run;
  const [first] = heredocs;
  if (first === undefined || command.form !== "shell") return { kind: "command", command };
  if (heredocOf(command.text) === undefined) {
    const text = command.text + heredocs.map(({ raw, body, name }) => `\n${raw ?? body}${name}`).join("");
    return { kind: "command", command: { form: "shell", text } };
  }
  if (os !== "windows" && first.body.startsWith("#!")) return { kind: "file", name: first.name, body: first.body };
  return { kind: "command", command: { form: "shell", text: first.body } };
}
