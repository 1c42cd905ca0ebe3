import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { allOrNone } from "../../src/execute/all-or-none.ts";

test("all results come in order, no more are made at once than are allowed", async () => {
  let running = 0;
  let most = 0;
  const results = await allOrNone([3, 1, 2], { atOnce: 2, signal: new AbortController().signal }, async (each) => {
    most = Math.max(most, ++running);
    await pause(each);
    running--;
    return each * 10;
  });
  expect([results, most]).toEqual([[30, 10, 20], 2]);
});

test("the first failure stops the others, and nothing runs any more when it is told", async () => {
  const ended: string[] = [];
  const failure = new Error("the second");
  const task = async (each: string, signal: AbortSignal): Promise<void> => {
    if (each === "second") throw failure;
    await pause(5000, undefined, { signal }).catch(() => {});
    ended.push(each);
  };
  const all = allOrNone(["first", "second", "third"], { atOnce: 2, signal: new AbortController().signal }, task);
  await expect(all).rejects.toBe(failure);
  expect(ended).toEqual(["first"]);
});

test("the signal's reason is told when it is aborted", async () => {
  const controller = new AbortController();
  const all = allOrNone(["one"], { atOnce: 1, signal: controller.signal }, (_, signal) =>
    pause(5000, undefined, { signal }),
  );
  controller.abort(new Error("interrupted"));
  await expect(all).rejects.toThrow("interrupted");
});
