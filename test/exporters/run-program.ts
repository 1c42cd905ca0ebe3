/** Runs the export program, bundled for plain Node, as another process and if need be as another user. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";
import { afterAll } from "vitest";

let bundled: Promise<string> | undefined;
let folder: string | undefined;

afterAll(async () => {
  if (folder !== undefined) await rm(folder, { recursive: true });
});

/** The path of a script that every user may read. */
async function bundle(): Promise<string> {
  folder = await mkdtemp(join(tmpdir(), "tsbake-export-program-"));
  await chmod(folder, 0o755);
  const file = join(folder, "export-program.mjs");
  const input = fileURLToPath(new URL("export-program.ts", import.meta.url));
  await build({ input, platform: "node", logLevel: "silent", output: { file, format: "esm" } });
  return file;
}

/** An ordinary user, for tests that run as root. */
export const nobody = 65534;

export interface Program {
  readonly child: ChildProcess;
  /** Resolves when the program has said the word; rejects when it ended before. */
  readonly said: (word: string) => Promise<void>;
  /** The last line it said, when it has ended. */
  readonly ended: Promise<string>;
}

export async function startProgram(args: readonly string[], user?: number): Promise<Program> {
  bundled ??= bundle();
  const options = user === undefined ? {} : { uid: user, gid: user };
  const child = spawn(process.execPath, [await bundled, ...args], { stdio: ["ignore", "pipe", "inherit"], ...options });
  let output = "";
  const ended = new Promise<string>((resolve) => {
    child.once("close", () => resolve(output.trim().split("\n").at(-1) ?? ""));
  });
  const said = (word: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (output.includes(word)) resolve();
      };
      child.stdout?.on("data", look);
      void ended.then((last) => reject(new Error(`it ended with: ${last}`)));
      look();
    });
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  return { child, said, ended };
}

export async function runProgram(args: readonly string[], user?: number): Promise<string> {
  return await (await startProgram(args, user)).ended;
}
