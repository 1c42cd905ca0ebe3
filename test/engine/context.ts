import { describe, inject, type TestOptions, test } from "vitest";
import type { EngineFound, EngineInfo } from "./global-setup.ts";

/** What the run found: an engine to test against, or the reason why there is none. */
export function engine(): EngineInfo {
  const provided: EngineInfo | undefined = inject("engine");
  return provided ?? { available: false, reason: "these tests run without test/engine/global-setup.ts" };
}

type Suite = (engine: EngineFound) => void;

/** A suite that runs against the real engine; without one its only test is a skipped one that says why. */
export function describeWithEngine(name: string, suite: Suite): void;
export function describeWithEngine(name: string, options: TestOptions, suite: Suite): void;
export function describeWithEngine(name: string, ...rest: readonly [Suite] | readonly [TestOptions, Suite]): void {
  const [options, suite] = rest.length === 1 ? [{}, rest[0]] : rest;
  const found = engine();
  describe(name, options, () => {
    if (found.available) suite(found);
    else test.skip(`no Docker engine: ${found.reason}`, () => {});
  });
}
