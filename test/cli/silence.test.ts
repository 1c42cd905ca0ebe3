import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Silence } from "../../src/cli/silence.ts";

describe("a builder that does not answer", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function silence() {
    const tell = vi.fn();
    return { tell, watch: new Silence(tell) };
  }

  test("is told of once, within two seconds", () => {
    const { tell } = silence();
    vi.advanceTimersByTime(2000);
    expect(tell).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(60_000);
    expect(tell).toHaveBeenCalledTimes(1);
  });

  test("is one although the run says that it begins", () => {
    const { tell, watch } = silence();
    watch.heard({ type: "run-started", at: 0, builder: "b", builds: [] });
    vi.advanceTimersByTime(2000);
    expect(tell).toHaveBeenCalled();
  });

  test.each(["a step", "the end"])("is none after %s", (what) => {
    const { tell, watch } = silence();
    if (what === "the end") watch.end();
    else watch.heard({ type: "build-started", at: 0, build: "a#0", node: "n", attempt: 1 });
    vi.advanceTimersByTime(2000);
    expect(tell).not.toHaveBeenCalled();
  });
});
