/** What a plan is made of besides the definition: what was asked for, and the facts of the surroundings. */
import type { Platform } from "../oci/platform.ts";
import type { Override } from "./override/override.ts";

export interface PlanRequest {
  /** Names and patterns; none stands for `default`. */
  readonly patterns: readonly string[];
  /** In the order in which they apply. */
  readonly overrides: readonly Override[];
  /**
   * A plan to be printed is checked for what bake checks; what only a build would stumble over (missing secrets, misspelt
   * output parameters, colliding outputs) is a warning then and an error in a plan to be built, or not looked for.
   */
  readonly purpose: "print" | "build";
  readonly facts: Facts;
}

/** The surroundings, asked synchronously. Paths are as written: relative ones start from the working folder. */
export interface Facts {
  readonly environment: ReadonlyMap<string, string>;
  /** Absolute, with forward slashes. */
  readonly workingFolder: string;
  readonly localPlatform: Platform;
  readonly stdoutIsTerminal: boolean;
  /** What is there, symbolic links followed; undefined when there is nothing. */
  readonly look: (path: string) => FileFacts | undefined;
  /** The names in a folder; none when it cannot be read. Asked to suggest what could be meant. */
  readonly list: (path: string) => readonly string[];
  /** The text of a small file, undefined when it cannot be read. Asked for ssh keys only. */
  readonly readText: (path: string) => string | undefined;
}

export interface FileFacts {
  readonly kind: "file" | "folder" | "socket" | "other";
  readonly sizeBytes: number;
}
