import { mkdir, realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";

/**
 * The folder that keeps what the tests obtain from Debian, made when missing: `$TSBAKE_TEST_CACHE`, else `tsbake-test` in the
 * user's cache folder. Returned without symbolic links, so that two spellings of it are one engine.
 */
export async function openCacheFolder(): Promise<string> {
  const folder = env.TSBAKE_TEST_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "tsbake-test");
  await mkdir(folder, { recursive: true });
  return realpath(folder);
}
