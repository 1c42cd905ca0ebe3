import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { PassThrough, Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { isArchive } from "../../../src/execute/target/is-archive.ts";
import { targetOf } from "../../buildkit/solve-request.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tsbake-input-"));
  vi.stubEnv("TMPDIR", folder);
});

const stdin = Object.getOwnPropertyDescriptor(process, "stdin") ?? {};
afterEach(async () => {
  Object.defineProperty(process, "stdin", stdin);
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** The module as a process has it that got this. */
async function piped(stream: Readable) {
  Object.defineProperty(process, "stdin", { value: stream, configurable: true });
  vi.resetModules();
  return import("../../../src/execute/target/standard-input.ts");
}

/** The header of a file, and its content, as tar had it before there was a magic number. */
function oldTar(): Buffer {
  const header = Buffer.alloc(512);
  header.write("greeting");
  header.write("0000644\x000000000\x000000000\0", 100);
  header.write("00000000002\0", 124);
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write(
    header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")
      .concat("\0 "),
    148,
  );
  return Buffer.concat([header, Buffer.from("hi".padEnd(512, "\0")), Buffer.alloc(1024)]);
}

const never = new AbortController().signal;

describe("standard input", () => {
  test("that is an archive is kept in a file for all who ask", async () => {
    const archive = oldTar();
    const { readStandardInput, withStandardInput } = await piped(Readable.from([archive]));
    const inputs = await Promise.all([readStandardInput(never), readStandardInput(never)]);
    expect(inputs[0]).toBe(inputs[1]);
    expect(inputs[0]).toMatchObject({ kind: "archive", sizeBytes: archive.length });
    if (inputs[0].kind === "archive") expect(readFileSync(inputs[0].file).equals(archive)).toBe(true);
    const target = targetOf({ context: "-" });
    expect(await withStandardInput(target, never)).toBe(target);
  });

  test("that is a Dockerfile is one without a context", async () => {
    const { withStandardInput } = await piped(Readable.from(["FROM scratch\n"]));
    const target = await withStandardInput(targetOf({ context: "-" }), never);
    expect(target.dockerfileInline).toBe("FROM scratch\n");
    expect(readdirSync(target.context)).toEqual([]);
    const other = withStandardInput(targetOf({ context: "-", dockerfile: "other" }), never);
    await expect(other).rejects.toThrow('target "app" has a Dockerfile, and standard input is another one');
  });

  test("is not touched for other contexts", async () => {
    const { withStandardInput } = await piped(new PassThrough());
    const target = targetOf({ context: "." });
    expect(await withStandardInput(target, never)).toBe(target);
  });

  test.each([
    ["a terminal", Object.assign(Readable.from([]), { isTTY: true }), "which is a terminal"],
    ["empty", Readable.from([]), "which is empty"],
    ["large and no archive", Readable.from([Buffer.alloc((2 << 20) + 1, "x")]), "too large for a Dockerfile"],
  ])("that is %s is refused, with a way out", async (_, stream, message) => {
    const { readStandardInput } = await piped(stream);
    await expect(readStandardInput(never)).rejects.toMatchObject({
      code: "build/standard-input",
      message: expect.stringContaining(message),
      hint: expect.stringContaining("pipe"),
    });
  });

  test("is given up when the last one who waits gives up", async () => {
    const stream = new PassThrough();
    const { readStandardInput } = await piped(stream);
    const [first, second] = [new AbortController(), new AbortController()];
    const reads = [readStandardInput(first.signal), readStandardInput(second.signal)];
    const ends = Promise.allSettled(reads);
    first.abort(new Error("first"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(stream.destroyed).toBe(false);
    second.abort(new Error("second"));
    expect(await ends).toMatchObject([{ reason: { message: "first" } }, { reason: { message: "second" } }]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(stream.destroyed).toBe(true);
  });
});

test.each([
  ["a tar without a magic number", oldTar(), true],
  ["a Dockerfile", Buffer.from("FROM scratch\n".repeat(100)), false],
  ["zeros", Buffer.alloc(1024), false],
  ["a short text", Buffer.from("FROM x"), false],
])("%s is told by how it begins", (_, bytes, expected) => {
  expect(isArchive(bytes)).toBe(expected);
});
