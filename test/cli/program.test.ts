/** What only the whole program does: how it ends when its streams, its folder or its user go away. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createTempFolder } from "../engine/temp-folder.ts";

const program = fileURLToPath(new URL("../../dist/cli/tsbake.cjs", import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

interface Start {
  readonly cwd: string;
  readonly stdout?: "pipe" | number;
  /** A file that runs before the program. */
  readonly preload?: string;
}

function start(words: readonly string[], { cwd, stdout = "pipe", preload }: Start) {
  const before = preload === undefined ? [] : ["--require", preload];
  const child = spawn(process.execPath, [...before, program, ...words], { cwd, stdio: ["pipe", stdout, "pipe"] });
  let stderr = "";
  child.stderr?.on("data", (data: Buffer) => {
    stderr += data.toString();
  });
  const ended = once(child, "close").then(
    ([code, signal]: (number | NodeJS.Signals | null)[]): Ended => ({
      code: typeof code === "number" ? code : null,
      signal: typeof signal === "string" ? signal : null,
      stderr,
    }),
  );
  return { child, ended };
}

/** Enough to fill a pipe that nobody reads. */
const manyTargets = Array.from({ length: 3000 }, (_, i) => `target "t${i}" { tags = ["example.test/t:${i}"] }`);

describe("the program", () => {
  it("takes it for no failure that nobody reads on", async () => {
    await using folder = await createTempFolder();
    await writeFile(join(folder.path, "docker-bake.hcl"), manyTargets.join("\n"));
    const { child, ended } = start(["print", "t*"], { cwd: folder.path });
    child.stdout?.once("data", () => child.stdout?.destroy());
    expect(await ended).toEqual({ code: 0, signal: null, stderr: "" });
  });

  it.skipIf(!existsSync("/dev/full"))("says that its output is lost", async () => {
    await using folder = await createTempFolder();
    await writeFile(join(folder.path, "docker-bake.hcl"), 'target "default" {}');
    const { ended } = start(["print"], { cwd: folder.path, stdout: openSync("/dev/full", "w") });
    const { code, stderr } = await ended;
    expect(stderr).toMatch(/^error: standard output cannot be written: .* \[cli\/output-lost\]\n$/);
    expect(code).toBe(3);
  });

  it("goes on when nobody listens to what it tells", async () => {
    await using folder = await createTempFolder();
    await writeFile(join(folder.path, "docker-bake.hcl"), 'variable "UNUSED" { default = "1" }\ntarget "default" {}');
    const { child, ended } = start(["check"], { cwd: folder.path });
    child.stderr?.destroy();
    expect((await ended).code).toBe(1);
  });

  it.skipIf(process.platform === "win32")("tells that its folder is gone", async () => {
    await using folder = await createTempFolder();
    const gone = join(folder.path, "gone");
    await mkdir(gone);
    const shell = spawn("sh", ["-c", 'rmdir "$PWD" && exec "$0" "$@"', process.execPath, program, "print"], {
      cwd: gone,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let stderr = "";
    shell.stderr.on("data", (data: Buffer) => {
      stderr += data.toString();
    });
    const [code] = await once(shell, "close");
    expect(stderr).toContain("[cli/no-working-folder]");
    expect(code).toBe(3);
  });

  it("asks for a report of what is its own mistake, and ends with a code of its own", async () => {
    await using folder = await createTempFolder();
    await writeFile(join(folder.path, "docker-bake.hcl"), 'target "default" {}');
    await writeFile(
      join(folder.path, "planted.cjs"),
      'process.stdout.write = () => { throw new TypeError("planted"); };',
    );
    const { ended } = start(["print"], { cwd: folder.path, preload: "./planted.cjs" });
    const { code, stderr } = await ended;
    expect(stderr).toMatch(/^bug in tsbake: TypeError: planted\n {4}at [\s\S]+ {2}help: .*please report it/);
    expect(code).toBe(70);
  });

  it("can be interrupted while it waits for a build file on standard input", async () => {
    await using folder = await createTempFolder();
    const { child, ended } = start(["print", "-f", "-"], { cwd: folder.path });
    setTimeout(() => child.kill("SIGINT"), 500);
    expect(await ended).toMatchObject({ code: null, signal: "SIGINT" });
  });
});
