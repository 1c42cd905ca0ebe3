/** A folder with a build in it, a cache, and the real program: what is left on the machine after each run can be told. */
import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { tarFiles } from "./tar-files.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
/** The program as it was built, with what it loads. */
export const dist: string = resolve(root, process.env.TSBAKE_DIST || "dist");

export interface Ended {
  /** 128 and the signal's number for one that was killed. */
  readonly code: number;
  readonly said: string;
}

export interface Scene extends Disposable {
  /** Holds `context`, `cache`, `home`, `temporary` and `out`. */
  readonly folder: string;
  /** Into the context; a name with slashes makes folders. */
  readonly write: (files: Readonly<Record<string, string | Uint8Array>>) => void;
  readonly start: (args?: readonly string[], more?: StartOptions) => Running;
  /** Builds the context into `out/image.tar`, unless the arguments say otherwise. */
  readonly build: (args?: readonly string[], more?: StartOptions) => Promise<Ended>;
  /** Of the manifest in an archive: it stands for all that is in the image. */
  readonly imageDigest: (archive?: string) => string;
  /** Waits until nothing of the builds is left outside of the cache; says what is left after ten seconds. */
  readonly remains: () => Promise<readonly string[]>;
  /** What processes have under way in the cache. */
  readonly unfinished: () => readonly string[];
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** In front of the program: `setpriv …`. */
  readonly through?: readonly string[];
  readonly cwd?: string;
  /** In place of the built one. */
  readonly program?: string;
  /** In place of `build` and its flags. */
  readonly command?: readonly string[];
  readonly timeoutMs?: number;
}

export const epoch = "1700000000";

export function openScene(parent: string = tmpdir()): Scene {
  const folder = mkdtempSync(join(parent, "tsbake-faults-"));
  chmodSync(folder, 0o755);
  const at = (name: string): string => join(folder, name);
  for (const name of ["context", "cache", "home", "temporary", "out"]) mkdirSync(at(name));
  const toOutput = ["--output", `type=oci,dest=${at("out/image.tar")}`];

  function start(args: readonly string[] = [], more: StartOptions = {}): Running {
    const build = ["build", "--builder", "embedded", "--progress", "plain", "--provenance=false"];
    const words = [more.program ?? join(dist, "cli/tsbake.cjs"), ...(more.command ?? build), ...args];
    const [file = "", ...rest] = [...(more.through ?? []), process.execPath, ...words];
    const child = spawn(file, rest, {
      cwd: more.cwd ?? at("context"),
      env: {
        PATH: process.env.PATH,
        HOME: at("home"),
        TMPDIR: at("temporary"),
        TSBAKE_CACHE_DIR: at("cache"),
        SOURCE_DATE_EPOCH: epoch,
        DOCKER_HOST: "unix:///nonexistent/docker.sock",
        ...more.env,
      },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: more.timeoutMs ?? 100_000,
      killSignal: "SIGKILL",
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (said += text));
    const ended = new Promise<Ended>((done, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => done({ code: code ?? (signal === "SIGKILL" ? 137 : 128), said }));
    });
    return { child, ended };
  }

  return {
    folder,
    write: (files) => {
      for (const [name, content] of Object.entries(files)) {
        const path = join(at("context"), name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, content);
      }
    },
    start,
    build: (args = [], more = {}) => start([...(args.includes("--output") ? [] : toOutput), ...args], more).ended,
    imageDigest: (archive = at("out/image.tar")) => {
      const index: { manifests: readonly [{ digest: string }] } = JSON.parse(
        tarFiles(readFileSync(archive)).get("index.json")?.toString() ?? "",
      );
      return index.manifests[0].digest;
    },
    remains: async () => {
      for (const end = performance.now() + 10_000; ; await delay(50)) {
        const left = remainsOf(folder);
        if (left.length === 0 || performance.now() > end) return left;
      }
    },
    unfinished: () => readdirSync(at("cache")).flatMap((version) => foldersIn(join(at("cache"), version, "processes"))),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function remainsOf(folder: string): readonly string[] {
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && mentions(name, folder));
  const mounts = readFileSync("/proc/mounts", "latin1")
    .split("\n")
    .filter((line) => line.includes(`${folder}/`) && !line.startsWith(`small-${basename(folder)} `));
  const temporary = readdirSync(join(folder, "temporary"));
  return [
    ...processes.map((pid) => `process ${pid}: ${readProcess(pid, "cmdline").replaceAll("\0", " ")}`),
    ...mounts.map((line) => `mount ${line}`),
    ...temporary.map((name) => `temporary ${name}`),
  ];
}

/** Its words and its environment are looked at; commands of builds are told by an ENV with the folder. */
function mentions(pid: string, folder: string): boolean {
  if (Number(pid) === process.pid) return false;
  return readProcess(pid, "cmdline").includes(folder) || readProcess(pid, "environ").includes(folder);
}

function readProcess(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return "";
  }
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Puts a busybox and its commands into a context, under `base/`. */
export function addBase(scene: Scene, busybox: string): void {
  const bin = join(scene.folder, "context/base/bin");
  mkdirSync(bin, { recursive: true });
  copyFileSync(busybox, join(bin, "busybox"));
  chmodSync(join(bin, "busybox"), 0o755);
}

/** First lines of a Dockerfile on that base. The variable is what its processes are told by. */
export function onBase(scene: Scene): string {
  return [
    "FROM scratch AS base",
    "COPY base/ /",
    `ENV SCENE=${scene.folder}`,
    'RUN ["/bin/busybox", "--install", "-s", "/bin"]',
    "",
  ].join("\n");
}
