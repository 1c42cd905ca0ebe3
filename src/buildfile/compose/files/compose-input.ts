/** What compose files take from outside, handed in. */
import type { EnvironmentEntry } from "../../environment-file.ts";

export interface ComposeInput {
  /** `--var`, the last of each name. */
  readonly variables: ReadonlyMap<string, string>;
  readonly environment: ReadonlyMap<string, string>;
  /** `BUILDX_BAKE_DISABLE_VARS_ENV_LOOKUP`: variables come from `--var` and `.env` only. */
  readonly disableEnvironmentLookup: boolean;
  /** What files of `--env-file` say; counts after the environment and before `.env`. */
  readonly environmentFiles?: ReadonlyMap<string, EnvironmentEntry>;
  /** With `BUILDX_BAKE_FILE_RELATIVE_PATHS`, the folder that contexts are relative to, as seen from the working folder. */
  readonly contextFolder?: string;
  /** For `~/` at the beginning of a path. */
  readonly homeFolder?: string;
  /** The text of a file, by its path from the working folder; undefined when there is none. */
  readonly readFile: (path: string) => string | undefined;
}
