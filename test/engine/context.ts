import { describe, inject } from "vitest";
import type { EngineFound, EngineInfo } from "./global-setup.ts";

/** What the run found: an engine to test against, or the reason why there is none. */
export function engine(): EngineInfo {
  return inject("engine");
}

/** A suite that runs against the real engine; without one it is skipped, and its name says why. */
export function describeWithEngine(name: string, suite: (engine: EngineFound) => void): void {
  const found = engine();
  if (found.available) describe(name, () => suite(found));
  else describeSkipped(name, found.reason);
}

function describeSkipped(name: string, reason: string): void {
  describe(name, (): void => {
    // A suite without tests would be an error, so the skip is a test of its own.
    describe.skip(`no Docker engine: ${reason}`, () => {});
  });
}
