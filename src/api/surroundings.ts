/** What the three steps take from the process they run in, unless the caller hands something else in. */
import { homedir } from "node:os";
import type { FunctionWorld } from "../buildfile/hcl/function.ts";
import type { Platform } from "../oci/platform.ts";
import { normalisePlatform } from "../oci/platform.ts";

export interface Surroundings {
  /** Absolute. Relative paths of build files start from it. Default: the working folder of the process. */
  readonly workingFolder?: string;
  /** Default: the environment of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** The environment without unset entries, as the language and the plan want it. */
export function environmentOf({ environment = process.env }: Surroundings): ReadonlyMap<string, string> {
  const entries = Object.entries(environment);
  return new Map(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

export function workingFolderOf({ workingFolder = process.cwd() }: Surroundings): string {
  return workingFolder;
}

/** The platform this process runs on, in the words of container platforms. */
export function localPlatform(): Platform {
  const systems: Readonly<Record<string, string>> = { win32: "windows", sunos: "solaris" };
  const architectures: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386", ppc64: "ppc64le" };
  return normalisePlatform({
    os: systems[process.platform] ?? process.platform,
    architecture: architectures[process.arch] ?? process.arch,
  });
}

/** What functions such as `timestamp()`, `uuidv4()` and `homedir()` read. */
export function functionWorld(environment: ReadonlyMap<string, string>): FunctionWorld {
  return {
    now: Date.now,
    randomBytes: (size) => crypto.getRandomValues(new Uint8Array(size)),
    homeFolder: environment.get("HOME") ?? homedir(),
  };
}
