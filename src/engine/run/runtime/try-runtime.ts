/** Whether a way of running commands works here, found by running one: that a program is installed says little. */
import { existsSync } from "node:fs";
import { messageOf } from "../../../base/errors.ts";
import type { PlacedMount } from "../mount/command-mounts.ts";
import { findProgram } from "../programs.ts";
import type { RunRequest } from "../request.ts";
import { tryCommand, type Workshop } from "../run-command.ts";

/** Undefined when it works, else why it does not. Rejects with the signal's reason. */
export async function tryRuntime(workshop: Workshop, signal: AbortSignal): Promise<string | undefined> {
  const nothing = findProgram("true", workshop.machine.searchPath);
  if (nothing === undefined) return "there is no program true on this machine to try it with";
  let said = "";
  const onOutput = (_: string, data: Uint8Array): void => {
    said = `${said}${new TextDecoder().decode(data)}`.slice(-500);
  };
  try {
    await tryCommand({ ...trial, arguments: [nothing] }, machineFolders(), { signal, onOutput }, workshop);
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return said.trim() || messageOf(error);
  }
}

const trial: Omit<RunRequest, "arguments"> = {
  layers: [],
  environment: [],
  workingFolder: "/",
  user: "",
  platform: { os: "linux", architecture: "" },
  network: "default",
  security: "sandbox",
  mounts: [],
  extraHosts: [],
  ulimits: [],
};

/** The machine's own programs are what there is to run. */
function machineFolders(): readonly PlacedMount[] {
  return ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix", "/gnu"]
    .filter((folder) => existsSync(folder))
    .map((folder) => ({ kind: "folder", target: folder, source: folder, type: "none", options: ["rbind", "ro"] }));
}
