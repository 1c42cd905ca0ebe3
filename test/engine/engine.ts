import { env, getuid, platform } from "node:process";
import { machineSuite } from "./apt.ts";
import { openCacheFolder } from "./cache-folder.ts";
import { findDaemon, type Place, placeFor, startDaemon, stopDaemon, writeState } from "./daemon.ts";
import { answers, type DockerHost, inspectEngine } from "./engine-api.ts";
import { hold, tryHold, withLock } from "./lock.ts";
import { watchRun } from "./watcher.ts";

/** A Docker engine with the containerd image store, to be released by `stop`. */
export interface Engine {
  readonly available: true;
  readonly dockerHost: DockerHost;
  readonly version: string;
  /** The engine is one of ours, rather than one that the machine had. */
  readonly ours: boolean;
  /**
   * Ends this run's use. An engine of ours ends with its last user unless it was started by hand; one that the machine had
   * goes on.
   */
  stop(): Promise<void>;
}

export interface Unavailable {
  readonly available: false;
  readonly reason: string;
}

/** Which engines the tests may use: `TSBAKE_TEST_ENGINE` is `any` (the default), `own` or `off`. */
export type Choice = "any" | "own" | "off";

const defaultSocket = "unix:///var/run/docker.sock";

/**
 * An engine that already answers, else one of ours, running or started now. Never throws for what a machine lacks: the reason
 * is for the tests that skip to print.
 */
export async function ensureEngine(choice: Choice = chosen()): Promise<Engine | Unavailable> {
  if (choice === "off") return unavailable("TSBAKE_TEST_ENGINE=off");
  const present = choice === "any" ? await findPresent() : unavailable("TSBAKE_TEST_ENGINE=own");
  if (present.available) return present;
  const obstacle = await findObstacle();
  if (obstacle !== undefined) return unavailable(`${present.reason}; ${obstacle}`);
  try {
    return await useOurs();
  } catch (error) {
    return unavailable(`${present.reason}; ${describe(error)}`);
  }
}

/** Starts our engine, or marks the running one, so that it stays until {@link stopOurs}. */
export async function startOurs(): Promise<DockerHost> {
  const place = await placeFor(await openCacheFolder());
  await withLock(place.lock, async () => {
    const daemon = await ensureDaemon(place, true);
    await writeState(place, { ...daemon, keep: true });
  });
  return `unix://${place.socket}`;
}

/** Ends our engine, started by whomever; `in use` when test runs are using it and `force` is not set. */
export async function stopOurs(options: { readonly force: boolean }): Promise<"ended" | "in use"> {
  const place = await placeFor(await openCacheFolder());
  return withLock(place.lock, async () => {
    const alone = await tryHold(place.users, "exclusive");
    if (alone === undefined && !options.force) return "in use";
    await stopDaemon(place);
    await alone?.release();
    return "ended";
  });
}

/** Ends our engine if no run uses it and nobody started it by hand. */
export async function sweepOurs(): Promise<void> {
  const place = await placeFor(await openCacheFolder());
  await withLock(place.lock, () => endUnused(place));
}

/** Our engine's address if it is running and answers. */
export async function findOurs(): Promise<DockerHost | undefined> {
  const place = await placeFor(await openCacheFolder());
  const host = `unix://${place.socket}`;
  return (await findDaemon(place)) !== undefined && (await answers(host)) ? host : undefined;
}

async function useOurs(): Promise<Engine> {
  const place = await placeFor(await openCacheFolder());
  const dockerHost = `unix://${place.socket}`;
  const use = await withLock(place.lock, async () => {
    await ensureDaemon(place, false);
    // Taken under the lock, or the last user might stop the engine between finding it and using it.
    return hold(place.users, "shared");
  });
  const watcher = watchRun();
  const { version } = await inspectEngine(dockerHost);
  const stop = async (): Promise<void> => {
    await withLock(place.lock, async () => {
      await use.release();
      await endUnused(place);
    });
    watcher.dismiss();
  };
  return { available: true, dockerHost, version, ours: true, stop };
}

async function ensureDaemon(place: Place, keep: boolean): ReturnType<typeof startDaemon> {
  const running = await findDaemon(place);
  if (running !== undefined && (await answers(`unix://${place.socket}`, 10_000))) return running;
  await stopDaemon(place);
  return startDaemon(place, keep);
}

/** The lock of the place must be held. */
async function endUnused(place: Place): Promise<void> {
  // The lock of a run that was killed goes with it, though not at the same instant.
  const alone = await tryHold(place.users, "exclusive", 1000);
  if (alone === undefined) return;
  const daemon = await findDaemon(place);
  if (daemon?.keep !== true) await stopDaemon(place);
  await alone.release();
}

async function findPresent(): Promise<Engine | Unavailable> {
  const dockerHost = env.DOCKER_HOST || defaultSocket;
  try {
    const { version, containerdStore } = await inspectEngine(dockerHost);
    if (!containerdStore) {
      return unavailable(`the engine at ${dockerHost} does not use the containerd image store`);
    }
    return { available: true, dockerHost, version, ours: false, stop: async () => {} };
  } catch (error) {
    return unavailable(`no engine at ${dockerHost} (${describe(error)})`);
  }
}

/** Why an engine of ours cannot be started on this machine; undefined when nothing is in the way. */
export async function findObstacle(): Promise<string | undefined> {
  if (platform !== "linux") return `one can be started on Linux only, this is ${platform}`;
  if (getuid?.() !== 0) return "starting one needs root";
  return machineSuite().then(
    () => undefined,
    () => "starting one needs Debian, whose packages it comes from",
  );
}

function chosen(): Choice {
  const value = env.TSBAKE_TEST_ENGINE || "any";
  if (value === "any" || value === "own" || value === "off") return value;
  throw new Error(`TSBAKE_TEST_ENGINE is any, own or off, not ${value}`);
}

function unavailable(reason: string): Unavailable {
  return { available: false, reason };
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
