import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, readFile, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { env } from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { findObstacle, type Unavailable } from "./engine.ts";
import { answers, type DockerHost, inspectEngine } from "./engine-api.ts";
import { obtainPrograms } from "./programs.ts";
import { quote } from "./quote.ts";
import { removeRemains } from "./remains.ts";

export interface SecondEngineOptions {
  readonly cacheFolder: string;
  /** `newer`: the version the tests have otherwise; `20.10`: that of Debian 12, which has no containerd store. */
  readonly version: "newer" | "20.10";
  readonly containerdStore?: boolean;
}

/** Another engine beside the one of the run: of another version, with another store, or simply with other images. */
export interface SecondEngine extends AsyncDisposable {
  readonly available: true;
  readonly dockerHost: DockerHost;
  readonly socket: string;
  readonly version: string;
  /** Runs in its network namespace, where its loopback is. */
  readonly pid: number;
  /** Ends it and removes all it made. Idempotent. */
  close(): Promise<void>;
}

const readyTimeoutMs = 60_000;
const endTimeoutMs = 20_000;
const overlayfsMagic = 0x794c7630;

/**
 * Starts an engine in network and mount namespaces of its own, so that neither its bridge nor its mounts are anybody else's. It ends with
 * this process, however that ends. Never throws for what a machine lacks: the reason is for the tests that skip to print.
 */
export async function openSecondEngine(options: SecondEngineOptions): Promise<SecondEngine | Unavailable> {
  const obstacle = await findObstacle();
  if (obstacle !== undefined) return { available: false, reason: obstacle };
  try {
    return await start(options);
  } catch (error) {
    return { available: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

async function start({ cacheFolder, version, containerdStore = false }: SecondEngineOptions): Promise<SecondEngine> {
  const programs = await programsOf(cacheFolder, version);
  const folder = await mkdtemp(join(tmpdir(), "tsb-"));
  const marks = { folder, cgroup: `tsbake-${basename(folder)}`, bridge: "" };
  const socket = join(folder, "docker.sock");
  const dockerHost = `unix://${socket}`;
  const config = join(folder, "daemon.json");
  const { type } = await statfs(folder);
  const storage = type === overlayfsMagic ? { "storage-driver": containerdStore ? "native" : "vfs" } : {};
  await writeFile(
    config,
    JSON.stringify({
      hosts: [dockerHost],
      "data-root": join(folder, "data"),
      "exec-root": join(folder, "exec"),
      pidfile: join(folder, "dockerd.pid"),
      iptables: false,
      ip6tables: false,
      "ip-forward": false,
      "ip-masq": false,
      "cgroup-parent": `/${marks.cgroup}`,
      ...(version === "newer" ? { features: { "containerd-snapshotter": containerdStore } } : {}),
      ...storage,
    }),
  );
  const child = await launch({ folder, config, ...programs });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= end(child).then(() => removeRemains(marks, undefined));
    return closing;
  };
  try {
    await waitUntilReady(dockerHost, child);
    const facts = await inspectEngine(dockerHost);
    const pid = Number(await readFile(join(folder, "dockerd.pid"), "utf8"));
    return { available: true, dockerHost, socket, version: facts.version, pid, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    const words = (await readFile(join(folder, "dockerd.log"), "utf8").catch(() => "")).trim().split("\n").slice(-8);
    await close();
    throw new Error(`the second engine did not start: ${String(error)}\n${words.join("\n")}`, { cause: error });
  }
}

interface Programs {
  readonly dockerd: string;
  readonly busybox: string;
  /** Folders that the daemon finds the others in. */
  readonly path: readonly string[];
}

async function programsOf(cacheFolder: string, version: SecondEngineOptions["version"]): Promise<Programs> {
  if (version === "newer") {
    const found = await obtainPrograms(cacheFolder, ["dockerd", "containerd", "runc", "tini", "busybox"]);
    const path = [found.dockerd, found.containerd, found.runc].map((file) => dirname(file));
    return { dockerd: found.dockerd, busybox: found.busybox, path };
  }
  const found = await obtainPrograms(cacheFolder, ["dockerd-20", "containerd-20", "runc", "busybox"]);
  const path = [found["dockerd-20"], found["containerd-20"], found.runc].map((file) => dirname(file));
  return { dockerd: found["dockerd-20"], busybox: found.busybox, path };
}

/** The daemon under a shell that ends it when its own input does: with this process, even one that is killed. */
async function launch({
  folder,
  config,
  dockerd,
  busybox,
  path,
}: Programs & { readonly folder: string; readonly config: string }): Promise<ChildProcess> {
  const script = [
    `${quote(busybox)} ip link set lo up`,
    `${quote(dockerd)} --config-file ${quote(config)} </dev/null & daemon=$!`,
    // The shell ends when the daemon does, and the other way round.
    "(while read -r _; do :; done; kill $daemon) <&3 2>/dev/null & waiter=$!",
    "wait $daemon; code=$?; kill $waiter 2>/dev/null; exit $code",
  ].join("\n");
  const log = await open(join(folder, "dockerd.log"), "a");
  try {
    return spawn("unshare", ["--net", "--mount", "--propagation", "private", "sh", "-c", `exec 3<&0\n${script}`], {
      cwd: folder,
      detached: true,
      stdio: ["pipe", log.fd, log.fd],
      env: { ...env, PATH: [...path, env.PATH ?? ""].join(delimiter), DOCKER_HOST: undefined },
    });
  } finally {
    await log.close();
  }
}

async function waitUntilReady(dockerHost: DockerHost, child: ChildProcess): Promise<void> {
  const giveUpAt = Date.now() + readyTimeoutMs;
  while (!(await answers(dockerHost))) {
    if (child.exitCode !== null) throw new Error("dockerd ended");
    if (Date.now() > giveUpAt) throw new Error(`no answer within ${readyTimeoutMs / 1000} s`);
    await delay(50);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.stdin?.end();
  await Promise.race([exited, delay(endTimeoutMs, undefined, { ref: false })]);
}
