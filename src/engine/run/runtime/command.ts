/** A command with everything around it in place: what the runtimes start. */
import type { Account } from "../account.ts";
import type { Cell } from "../cell/cell.ts";
import type { PlacedMount } from "../mount/command-mounts.ts";
import type { Places } from "../mount/places.ts";
import type { Privilege } from "../privilege.ts";
import type { Programs } from "../programs.ts";
import type { RunRequest } from "../request.ts";
import type { Variables } from "../surroundings.ts";

export interface PreparedCommand {
  /** No other command on this machine has it. */
  readonly name: string;
  readonly request: RunRequest;
  readonly account: Account;
  readonly variables: Variables;
  /** Of the request, and the files about the network; targets without links. */
  readonly mounts: readonly PlacedMount[];
  readonly places: Places;
  readonly cell: Cell;
  /** Where the file system of the layers is, in the cell. */
  readonly base: string;
}

export interface Machine {
  readonly programs: Programs;
  readonly privilege: Privilege;
  readonly searchPath: string;
}

/** A way of running commands. */
export interface Runtime {
  /** For people: `crun`, `runc without cgroups`, `namespaces`. */
  readonly name: string;
  readonly kind: "crun" | "runc" | "namespaces";
  /** The program it needs besides those of every machine, absolute. */
  readonly program?: string;
  /** Whether the system calls of commands are filtered. */
  readonly filters: boolean;
  /** Whether it can hold commands to limits of memory and processors. */
  readonly limits: boolean;
  /**
   * Writes what it needs into the cell and returns the script that runs the command there, root mounted, once. The script makes the file
   * `started` of the cell's files when the command itself is reached.
   */
  readonly prepare: (command: PreparedCommand, machine: Machine) => string;
  /** Of the command, when it is not that of the script. `diagnostics`: what programs of the cell complained about. */
  readonly exitCode?: (status: number, diagnostics: string) => number;
}

/** Bytes of /dev/shm where nothing else is asked for, as Docker has it. */
export const defaultShmSize: number = 64 * 1024 * 1024;

export function startedFile(places: Places): string {
  return `${places.files}/started`;
}
