import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, open, readFile, readlink, rename, statfs, writeFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { env, kill } from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { answers } from "./engine-api.ts";
import { enginePrograms, obtainPrograms } from "./programs.ts";
import { type Marks, removeRemains } from "./remains.ts";
import { run } from "./run-process.ts";

/** Where one test engine lives. There is one for each cache folder and set of namespaces, so that runs find each other's. */
export interface Place extends Marks {
  readonly cacheFolder: string;
  readonly socket: string;
  readonly log: string;
  readonly stateFile: string;
  /** Guards starting and stopping. */
  readonly lock: string;
  /** Held shared by every run that uses the engine. */
  readonly users: string;
}

/** A daemon that was started, as its state file tells it. */
export interface Daemon {
  readonly pid: number;
  /** With the pid, what tells this process from a later one with the same number. */
  readonly startTicks: string;
  /** Stays when its last user leaves: somebody started it by hand. */
  readonly keep: boolean;
}

const readyTimeoutMs = 60_000;
const endTimeoutMs = 30_000;
/** A socket's path has at most 107 bytes, and containerd puts some of its own below the folder. */
const maxFolderLength = 70;
const overlayfsMagic = 0x794c7630;

export async function placeFor(cacheFolder: string): Promise<Place> {
  const namespaces = await Promise.all(["pid", "net"].map((kind) => readlink(`/proc/self/ns/${kind}`)));
  const hash = createHash("sha256").update([cacheFolder, ...namespaces].join("\n"));
  const id = hash.digest("hex").slice(0, 8);
  const folder = join(cacheFolder, `engine-${id}`);
  return {
    cacheFolder,
    folder,
    cgroup: `tsbake-test-${id}`,
    bridge: `tsb-${id}`,
    socket: join(folder, "docker.sock"),
    log: join(folder, "dockerd.log"),
    stateFile: join(folder, "state.json"),
    lock: `${folder}.lock`,
    users: `${folder}.users`,
  };
}

/** The daemon of the place if it is running, whether or not it answers. */
export async function findDaemon(place: Place): Promise<Daemon | undefined> {
  try {
    const daemon: Daemon = JSON.parse(await readFile(place.stateFile, "utf8"));
    return (await readStartTicks(daemon.pid)) === daemon.startTicks ? daemon : undefined;
  } catch {
    return undefined;
  }
}

/** Starts a daemon and waits until it answers; on failure nothing of it is left. The lock of the place must be held. */
export async function startDaemon(place: Place, keep: boolean): Promise<Daemon> {
  if (place.folder.length > maxFolderLength) {
    throw new Error(`${place.folder} is too long a path for sockets: set TSBAKE_TEST_CACHE`);
  }
  const programs = await obtainPrograms(place.cacheFolder, enginePrograms);
  await removeRemains(place, programs.busybox);
  await mkdir(place.folder, { recursive: true });
  try {
    await createBridge(place, programs.busybox);
    await writeFile(configFile(place), JSON.stringify(await renderConfig(place, programs.tini)));
    const path = [programs.dockerd, programs.containerd, programs.runc].map((file) => dirname(file));
    const daemon = { ...(await launch(place, programs.dockerd, path)), keep };
    await writeState(place, daemon);
    await waitUntilReady(place);
    return daemon;
  } catch (error) {
    const words = await lastWords(place);
    await removeRemains(place, programs.busybox);
    throw new Error(`The Docker engine did not start: ${String(error)}\n${words}`, { cause: error });
  }
}

/** Ends the place's daemon and removes everything it made. The lock of the place must be held. */
export async function stopDaemon(place: Place): Promise<void> {
  const daemon = await findDaemon(place);
  if (daemon !== undefined) {
    kill(daemon.pid, "SIGTERM");
    await waitForEnd(place);
  }
  const { busybox } = await obtainPrograms(place.cacheFolder, ["busybox"]);
  await removeRemains(place, busybox);
}

/** Says of a running daemon that it stays, or no longer stays, when its last user leaves. */
export async function writeState(place: Place, daemon: Daemon): Promise<void> {
  await writeFile(`${place.stateFile}.new`, JSON.stringify(daemon));
  await rename(`${place.stateFile}.new`, place.stateFile);
}

async function launch(place: Place, dockerd: string, path: readonly string[]): Promise<Omit<Daemon, "keep">> {
  const log = await open(place.log, "a");
  try {
    const child = spawn(dockerd, ["--config-file", configFile(place)], {
      cwd: place.folder,
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
      env: { ...env, PATH: [...path, env.PATH ?? ""].join(delimiter), DOCKER_HOST: undefined },
    });
    const { pid } = child;
    if (pid === undefined) throw new Error(`${dockerd} cannot be run`);
    child.unref();
    return { pid, startTicks: (await readStartTicks(pid)) ?? "" };
  } finally {
    await log.close();
  }
}

/**
 * The bridge is our own: `--bridge=none` would delete the docker0 of another daemon on the machine, and the default would
 * share it. Masquerading and forwarding stay off, so the machine's network is not touched and build steps have no internet.
 */
async function renderConfig(place: Place, tini: string): Promise<Readonly<Record<string, unknown>>> {
  const { type } = await statfs(place.folder);
  return {
    features: { "containerd-snapshotter": true },
    hosts: [`unix://${place.socket}`],
    "data-root": join(place.folder, "data"),
    "exec-root": join(place.folder, "exec"),
    pidfile: join(place.folder, "dockerd.pid"),
    bridge: place.bridge,
    iptables: false,
    ip6tables: false,
    "ip-forward": false,
    "ip-masq": false,
    "init-path": tini,
    "cgroup-parent": `/${place.cgroup}`,
    // An overlay cannot be the upper layer of another.
    ...(type === overlayfsMagic ? { "storage-driver": "native" } : {}),
  };
}

async function createBridge(place: Place, busybox: string): Promise<void> {
  const ip = (...args: readonly string[]) => run(busybox, ["ip", ...args]);
  await ip("link", "add", place.bridge, "type", "bridge");
  await ip("addr", "add", `${freeSubnet(place)}.1/24`, "dev", place.bridge);
  await ip("link", "set", place.bridge, "up");
}

/**
 * The first three numbers of a /24 network that no interface of the machine is in. Places begin the search apart from each
 * other, or two that start at the same time would find the same.
 */
function freeSubnet(place: Place): string {
  const first = createHash("sha256").update(place.folder).digest().readUInt8();
  const taken = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address }) => address);
  for (let step = 0; step < 256; step += 1) {
    const subnet = `10.222.${(first + step) % 256}`;
    if (!taken.some((address) => address.startsWith(`${subnet}.`))) return subnet;
  }
  throw new Error("All of 10.222.0.0/16 is in use");
}

async function waitUntilReady(place: Place): Promise<void> {
  const giveUpAt = Date.now() + readyTimeoutMs;
  while (!(await answers(`unix://${place.socket}`))) {
    if ((await findDaemon(place)) === undefined) throw new Error("dockerd ended");
    if (Date.now() > giveUpAt) throw new Error(`no answer within ${readyTimeoutMs / 1000} s`);
    await delay(50);
  }
}

/** A daemon that does not end in time is left to the removal of its remains, which kills. */
async function waitForEnd(place: Place): Promise<void> {
  const giveUpAt = Date.now() + endTimeoutMs;
  while ((await findDaemon(place)) !== undefined && Date.now() < giveUpAt) await delay(50);
}

/** When a process began, in clock ticks since the machine did; undefined when it is not running. */
async function readStartTicks(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  // The second field is the program's name in parentheses and may hold blanks: count from its end.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields?.[0] === "Z" ? undefined : fields?.[19];
}

async function lastWords(place: Place): Promise<string> {
  const log = await readFile(place.log, "utf8").catch(() => "");
  return log.trim().split("\n").slice(-15).join("\n");
}

function configFile(place: Place): string {
  return join(place.folder, "daemon.json");
}
