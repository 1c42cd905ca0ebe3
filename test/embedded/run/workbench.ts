/** A sandbox with layers to run commands on: busybox and two accounts, in a store of its own. */
import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type { Layer, LayerStore } from "../../../src/engine/layer/layer.ts";
import { openLayerStore } from "../../../src/engine/layer/layer-store.ts";
import { openSandbox, type SandboxOptions } from "../../../src/engine/run/open-sandbox.ts";
import type { RunMount, RunRequest, Sandbox } from "../../../src/engine/run/request.ts";
import { openStore } from "../../../src/engine/store/open-store.ts";
import type { EngineStore } from "../../../src/engine/store/store.ts";
import { inlineContent, type TreeEntry } from "../../../src/engine/tree/entry.ts";
import { compareInWalkOrder } from "../../../src/engine/tree/order.ts";

/** Why these tests cannot run here; undefined when they can. */
export function reasonToSkip(): string | undefined {
  if (process.platform !== "linux") return "needs Linux";
  if (process.geteuid?.() !== 0) return "needs root";
  return findBusybox() === undefined ? "needs busybox: run node test/engine/run.mjs start once" : undefined;
}

/** A static one, that runs on nothing. */
export function findBusybox(): string | undefined {
  const cache =
    process.env.TSBAKE_TEST_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "tsbake-test");
  const known = [process.env.BUSYBOX ?? "", join(cache, "packages/busybox-static/root/bin/busybox"), "/bin/busybox"];
  return known.find((path) => path !== "" && existsSync(path));
}

/** A program of the test cache or the machine. */
export function findTestProgram(name: string, ...places: readonly string[]): string | undefined {
  const cache =
    process.env.TSBAKE_TEST_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "tsbake-test");
  return [...places.map((place) => join(cache, "packages", place)), `/usr/bin/${name}`, `/usr/sbin/${name}`].find(
    isRunnable,
  );
}

function isRunnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface Ran {
  readonly layer: Layer;
  readonly stdout: string;
  readonly stderr: string;
  /** `folder 755 0:0 d`, `file 644 0:0 d/a`, … */
  readonly entries: readonly string[];
}

export interface Workbench {
  readonly folder: string;
  readonly store: EngineStore;
  readonly layers: LayerStore;
  readonly sandbox: Sandbox;
  readonly base: Layer;
  /** Runs a shell command on the base and the layers given. */
  readonly run: (command: string, options?: Partial<RunRequest> & { readonly signal?: AbortSignal }) => Promise<Ran>;
  readonly close: () => Promise<void>;
}

export interface WorkbenchOptions extends Partial<SandboxOptions> {
  /** Further variables of the environment. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Of the store: one that stays. Default: one that goes with the workbench. */
  readonly folder?: string;
}

export async function openWorkbench(options: WorkbenchOptions = {}): Promise<Workbench> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "tsbake-run-"));
  const store = await openStore(folder);
  const layers = openLayerStore(store);
  const variables = { ...process.env, TSBAKE_SANDBOX: "namespaces", ...options.variables };
  const environment = { variables, homeFolder: homedir(), platform: process.platform };
  const sandbox = await openSandbox(layers, store, { environment, ...options });
  const base = await packBase(layers);
  return {
    folder,
    store,
    layers,
    sandbox,
    base,
    run: async (command, { signal = new AbortController().signal, ...request } = {}) => {
      const output = { stdout: "", stderr: "" };
      const layer = await sandbox
        .run(
          { ...plainRequest, layers: [base], arguments: ["/bin/sh", "-c", command], ...request },
          {
            signal,
            onOutput: (stream, data) => {
              output[stream] += Buffer.from(data).toString();
            },
          },
        )
        .catch((error: unknown) => {
          if (error instanceof Error) Object.assign(error, output);
          throw error;
        });
      return { layer, ...output, entries: (await layers.entries(layer, signal)).map(describeEntry) };
    },
    close: async () => {
      await sandbox.close();
      await store.close();
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const plainRequest: Omit<RunRequest, "layers" | "arguments"> = {
  environment: [],
  workingFolder: "/",
  user: "",
  platform: { os: "linux", architecture: process.arch === "x64" ? "amd64" : process.arch },
  network: "default",
  security: "sandbox",
  mounts: [] satisfies readonly RunMount[],
  extraHosts: [],
  ulimits: [],
};

export function describeEntry(entry: TreeEntry): string {
  const { type, mode, uid, gid, path } = entry;
  const link = "target" in entry ? ` -> ${entry.target}` : "";
  const device = entry.type === "character" || entry.type === "block" ? ` ${entry.major},${entry.minor}` : "";
  return `${type} ${mode.toString(8)} ${uid}:${gid} ${path}${link}${device}`;
}

const attributes = { uid: 0, gid: 0, seconds: 1_600_000_000, nanoseconds: 0 };

export function folderEntry(path: string, mode = 0o755): TreeEntry {
  return { type: "folder", path, mode, ...attributes };
}

export function fileEntry(path: string, content: string | Uint8Array, mode = 0o644): TreeEntry {
  return { type: "file", path, mode, ...attributes, content: inlineContent(Buffer.from(content)) };
}

export function linkEntry(path: string, target: string): TreeEntry {
  return { type: "symlink", path, mode: 0o777, ...attributes, target };
}

export async function packLayer(layers: LayerStore, entries: readonly TreeEntry[]): Promise<Layer> {
  const sorted = [...entries].sort((a, b) => compareInWalkOrder(a.path, b.path));
  return (await layers.pack(sorted, { signal: new AbortController().signal })).layer;
}

async function packBase(layers: LayerStore): Promise<Layer> {
  const busybox = findBusybox();
  if (busybox === undefined) throw new Error("no busybox");
  const applets = execFileSync(busybox, ["--list"], { encoding: "utf8" }).trim().split("\n");
  return packLayer(layers, [
    ...["bin", "etc", "dev", "proc", "sys", "home"].map((path) => folderEntry(path)),
    folderEntry("tmp", 0o1777),
    fileEntry("bin/busybox", readFileSync(busybox), 0o755),
    ...applets.filter((name) => name !== "busybox").map((name) => linkEntry(`bin/${name}`, "busybox")),
    fileEntry("etc/passwd", "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001:app:/home/app:/bin/sh\n"),
    fileEntry("etc/group", "root:x:0:\nappg:x:1001:\nstaff:x:50:app\n"),
  ]);
}
