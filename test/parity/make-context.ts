/** The context of a probe, on disk. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  lchownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type ContextFile, type ContextFiles, contextTime, fixtureFolder } from "./case.ts";

export interface ContextTools {
  /** A static one; asked for by probes that run something. */
  readonly busybox: string | undefined;
}

/** Writes the files below a folder, which must not exist yet. Owners are set only where the user may. */
export function makeContext(root: string, files: ContextFiles, tools: ContextTools): void {
  mkdirSync(root, { recursive: true });
  const times = new Map<string, number>();
  for (const [name, spec] of Object.entries(files)) {
    const file = typeof spec === "string" ? { c: spec } : spec;
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    write(root, path, name, file, tools);
    setMode(path, name, file);
    if (file.t !== undefined) times.set(path.replace(/\/$/, ""), file.t);
  }
  setTimes(root, times);
}

function write(root: string, path: string, name: string, file: ContextFile, { busybox }: ContextTools): void {
  if (name.endsWith("/")) mkdirSync(path, { recursive: true });
  else if (file.link !== undefined) symlinkSync(file.link, path);
  else if (file.hard !== undefined) linkSync(join(root, file.hard), path);
  else if (file.fifo !== undefined) execFileSync("mkfifo", [path]);
  else if (file.copy === "busybox") copyFileSync(busybox ?? "/bin/busybox", path);
  else if (file.copy !== undefined) copyFileSync(join(fixtureFolder, basename(file.copy)), path);
  else if (file.b64 !== undefined) writeFileSync(path, Buffer.from(file.b64, "base64"));
  else if (file.gz64 !== undefined) writeFileSync(path, gunzipSync(Buffer.from(file.gz64, "base64")));
  else writeFileSync(path, file.c ?? "");
}

function setMode(path: string, name: string, file: ContextFile): void {
  if (file.own !== undefined && process.getuid?.() === 0) lchownSync(path, ...file.own);
  if (file.m !== undefined) chmodSync(path, file.m);
  else if (name.endsWith("/")) chmodSync(path, 0o755);
  else if (file.link === undefined && file.hard === undefined) chmodSync(path, 0o644);
  for (const [key, value] of Object.entries(file.x ?? {})) setAttribute(path, key, value);
}

/** Only to see that it is dropped: a machine without the tool has nothing to drop. */
function setAttribute(path: string, key: string, value: string): void {
  try {
    execFileSync("setfattr", ["-n", key, "-v", value, path], { stdio: "ignore" });
  } catch {}
}

/** Folders last, because what is made in them changes their times. */
function setTimes(folder: string, times: ReadonlyMap<string, number>): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) setTimes(path, times);
    else setTime(path, times);
  }
  setTime(folder, times);
}

function setTime(path: string, times: ReadonlyMap<string, number>): void {
  const time = times.get(path) ?? contextTime;
  // What Node is told of times before 1970 is not what it sets.
  if (time < 0) execFileSync("touch", ["-h", "-d", `@${time}`, path]);
  else lutimesSync(path, time, time);
}
