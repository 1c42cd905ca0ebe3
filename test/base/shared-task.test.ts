import { describe, expect, test } from "vitest";
import { type SharedTask, shareTask } from "../../src/base/shared-task.ts";

const never = new AbortController().signal;

describe("a shared task", () => {
  test("is done once, and its result stays", async () => {
    const tasks = new Map<string, SharedTask<number>>();
    let starts = 0;
    const start = async (): Promise<number> => ++starts;
    const both = await Promise.all([shareTask(tasks, "a", never, start), shareTask(tasks, "a", never, start)]);
    expect([...both, await shareTask(tasks, "a", never, start)]).toEqual([1, 1, 1]);
    expect(await shareTask(tasks, "b", never, start)).toBe(2);
  });

  test("that fails does so for all who wait, and is begun anew by who comes later", async () => {
    const tasks = new Map<string, SharedTask<number>>();
    let starts = 0;
    const start = async (): Promise<number> => {
      starts++;
      if (starts === 1) throw new Error("no");
      return starts;
    };
    const both = await Promise.allSettled([shareTask(tasks, "a", never, start), shareTask(tasks, "a", never, start)]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await shareTask(tasks, "a", never, start)).toBe(2);
  });

  test("whose first asker gives up is begun anew for the others", async () => {
    const tasks = new Map<string, SharedTask<number>>();
    const first = new AbortController();
    let starts = 0;
    const start = (signal: AbortSignal) => (): Promise<number> =>
      new Promise((resolve, reject) => {
        const number = ++starts;
        signal.addEventListener("abort", () => reject(signal.reason));
        if (signal === never) resolve(number);
      });
    const gone = shareTask(tasks, "a", first.signal, start(first.signal));
    const staying = shareTask(tasks, "a", never, start(never));
    first.abort(new Error("stop"));
    await expect(gone).rejects.toThrow("stop");
    expect(await staying).toBe(2);
  });

  test("is not waited for by who gives up, and goes on for the others", async () => {
    const tasks = new Map<string, SharedTask<string>>();
    const second = new AbortController();
    let finish = (_: string): void => {};
    const first = shareTask(tasks, "a", never, () => new Promise<string>((resolve) => (finish = resolve)));
    const gone = shareTask(tasks, "a", second.signal, async () => "other");
    second.abort(new Error("stop"));
    await expect(gone).rejects.toThrow("stop");
    finish("done");
    expect(await first).toBe("done");
  });
});
