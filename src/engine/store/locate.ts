/** Where the cache of this user is. */
import { type HostEnvironment, variable } from "../../base/host-environment.ts";

/**
 * `TSBAKE_CACHE_DIR`, else `tsbake` in the folder for caches of the platform: `$XDG_CACHE_HOME` (where it is absolute, as its specification
 * has it), `~/.cache`, `~/Library/Caches`, `%LOCALAPPDATA%`. May be relative only when the variable is.
 */
export function locateCache(environment: HostEnvironment): string {
  const own = variable(environment, "TSBAKE_CACHE_DIR");
  if (own !== undefined) return own;
  const shared = variable(environment, "XDG_CACHE_HOME");
  if (shared !== undefined && isAbsolute(shared, environment.platform)) return join(environment, shared, "tsbake");
  if (environment.platform === "darwin")
    return join(environment, environment.homeFolder, "Library", "Caches", "tsbake");
  if (environment.platform === "win32") {
    const local =
      variable(environment, "LOCALAPPDATA") ?? join(environment, environment.homeFolder, "AppData", "Local");
    return join(environment, local, "tsbake", "cache");
  }
  return join(environment, environment.homeFolder, ".cache", "tsbake");
}

function isAbsolute(path: string, platform: NodeJS.Platform): boolean {
  return platform === "win32" ? /^(?:[a-z]:)?[\\/]/i.test(path) : path.startsWith("/");
}

function join({ platform }: HostEnvironment, ...parts: readonly string[]): string {
  return parts.join(platform === "win32" ? "\\" : "/");
}
