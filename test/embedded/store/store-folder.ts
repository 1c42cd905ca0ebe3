/** A cache folder for one test, and processes that use it. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";

/** The path of a new folder for each test, removed after it. */
export function cacheFolderForEach(): () => string {
  let folder = "";
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "tsbake-store-")));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  return () => folder;
}

/** Bundles `store-program.ts` once for a file of tests; gives what starts it with arguments. */
export function storeProgram(): (...words: readonly string[]) => ChildProcess {
  let folder = "";
  let file = "";
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "tsbake-program-"));
    file = join(folder, "program.mjs");
    const input = fileURLToPath(new URL("store-program.ts", import.meta.url));
    await build({ input, platform: "node", logLevel: "silent", output: { file, codeSplitting: false } });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return (...words) => spawn(process.execPath, [file, ...words], { stdio: ["ignore", "pipe", "inherit"] });
}

/** Resolves to what a process wrote, once it ended by itself with status 0. */
export async function outputOf(child: ChildProcess): Promise<string> {
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`ended with ${code}: ${text}`);
  return text;
}
