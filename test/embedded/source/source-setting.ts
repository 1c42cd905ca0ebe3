import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openSources, type SourcesOptions } from "../../../src/engine/source/open-sources.ts";
import type { Sources } from "../../../src/engine/source/sources.ts";
import { openStore } from "../../../src/engine/store/open-store.ts";
import type { EngineStore } from "../../../src/engine/store/store.ts";
import { openRegistry } from "../../../src/registry/open-registry.ts";
import { type ManualClock, manualClock } from "../../registry/manual-clock.ts";

export interface SourceSetting {
  readonly folder: string;
  readonly store: EngineStore;
  readonly sources: Sources;
  readonly clock: ManualClock;
  readonly troubles: string[];
}

/** A folder that goes when the test ends. */
export async function testFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tsbake-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Sources of a run of its own on a store, a new one unless given. */
export async function sourcesOn(
  folder: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<SourceSetting> {
  const store = await openStore(join(folder, "cache"));
  const clock = manualClock();
  const troubles: string[] = [];
  const options: Omit<SourcesOptions, "registry"> = {
    environment: {
      variables: { DOCKER_CONFIG: folder, PATH: process.env.PATH, ...variables },
      homeFolder: folder,
      platform: process.platform,
    },
    clock,
    onTrouble: (message) => troubles.push(message),
  };
  const registry = openRegistry(options);
  const sources = openSources(store, { ...options, registry });
  onTestFinished(async () => {
    await sources.close();
    await registry.close();
    await store.close();
  });
  return { folder, store, sources, clock, troubles };
}
