import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { ask } from "../../src/cli/ask.ts";
import { Interrupted } from "../../src/cli/interrupt.ts";

function type(keys: string, signal: AbortSignal = new AbortController().signal): Promise<boolean> {
  const input = new PassThrough();
  const answer = ask("Go on? ", { input, output: new PassThrough(), signal });
  input.write(keys);
  return answer;
}

describe("a question at the terminal", () => {
  it.each([
    ["y\r", true],
    ["YES\r", true],
    ["n\r", false],
    ["\r", false],
    ["yellow\r", false],
    ["\x04", false],
  ])("takes %j for %s", async (keys, expected) => {
    expect(await type(keys)).toBe(expected);
  });

  it("is an interrupt at Ctrl-C", async () => {
    await expect(type("\x03")).rejects.toBeInstanceOf(Interrupted);
  });

  it("ends with the reason of its signal", async () => {
    const controller = new AbortController();
    const answer = type("y", controller.signal);
    controller.abort(new Interrupted("SIGTERM"));
    await expect(answer).rejects.toMatchObject({ by: "SIGTERM" });
  });
});
