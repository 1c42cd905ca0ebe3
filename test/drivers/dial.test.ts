import { once } from "node:events";
import { execPath } from "node:process";
import { describe, expect, test } from "vitest";
import { CommandFailure, openCommandStream } from "../../src/drivers/command-stream.ts";
import { dial, dialProblem } from "../../src/drivers/dial.ts";

const never = new AbortController().signal;
const node = (script: string) => openCommandStream(execPath, ["-e", script]);

describe("a program's stream", () => {
  test("carries bytes both ways, with half-closing", async () => {
    const stream = node("process.stdin.pipe(process.stdout)");
    const sent = Buffer.alloc(5 << 20, "tsbake ");
    stream.end(sent);
    const received: Buffer[] = [];
    for await (const chunk of stream) received.push(chunk);
    expect(Buffer.concat(received).equals(sent)).toBe(true);
  });

  test("breaks with what the program said last", async () => {
    const stream = node('console.error("\\u001b[31mno route to host"); process.exit(3)');
    const [error] = await once(stream.resume(), "error");
    expect(error).toBeInstanceOf(CommandFailure);
    expect(dialProblem(error)).toEqual({
      kind: "program",
      reason: expect.stringMatching(/exit code 3: no route to host$/),
      passing: false,
    });
  });

  test("of a program that is not there says so", async () => {
    const [error] = await once(openCommandStream("tsbake-no-such-program", []), "error");
    expect(dialProblem(error)).toMatchObject({ reason: "the program tsbake-no-such-program is not installed" });
  });

  test("takes the program with it when it is destroyed", async () => {
    const stream = node(
      'process.on("SIGTERM", () => process.exit(0)); console.log(process.pid); setInterval(() => {}, 1000)',
    );
    const [line] = await once(stream, "data");
    const pid = Number(String(line));
    expect(process.kill(pid, 0)).toBe(true);
    stream.destroy();
    const gone = async (): Promise<boolean> => {
      for (let i = 0; i < 100; i++) {
        try {
          process.kill(pid, 0);
        } catch {
          return true;
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return false;
    };
    expect(await gone()).toBe(true);
  });
});

describe("dialling", () => {
  test("gives up with the signal's reason", async () => {
    const reason = new Error("enough");
    await expect(dial({ kind: "socket", path: "/no/such" }, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  test.each([
    [{ kind: "socket", path: "/no/such/socket" }, "missing", true],
    [{ kind: "tcp", host: "127.0.0.1", port: 1 }, "refused", true],
    [{ kind: "tcp", host: "localhost", port: 1 }, "refused", true],
    [{ kind: "tcp", host: "no-such-host.invalid", port: 1 }, "unknown-host", false],
  ] as const)("%o is a problem that has a name", async (address, kind, passing) => {
    const error = await dial(address, never).catch((thrown: unknown) => thrown);
    expect(dialProblem(error)).toMatchObject({ kind, passing });
  });

  test("what is no such problem has none", () => {
    expect(dialProblem(new TypeError("x"))).toBeUndefined();
    expect(dialProblem(undefined)).toBeUndefined();
  });
});
