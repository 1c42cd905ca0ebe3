/** `tsbake completion`: the script that makes a shell complete our commands, flags and the targets of the folder. */
import type { Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";

export const completionCommand: Command = {
  usage: "",
  description:
    "Prints a completion script for the shell in use (bash, or zsh where SHELL says so): commands, flags, their values, and the targets\nof the build files in the folder.",
  flags: [],
  examples: [
    ["source <(tsbake completion)", "in this shell"],
    ["tsbake completion >> ~/.bashrc", "in every shell"],
  ],
  run: async () => {
    const { default: yargs } = await import("yargs");
    yargs().scriptName("tsbake").completion("completion").showCompletionScript();
    return exitCode.done;
  },
};
