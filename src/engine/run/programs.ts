/** The programs of the machine that sandboxes are made with. */
import { accessSync, constants } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

/** util-linux, coreutils and GNU tar; each with the package it comes in, where that is not told by its name. */
const packages = {
  sh: "sh",
  unshare: "util-linux",
  mount: "util-linux",
  setpriv: "util-linux (on Alpine: setpriv)",
  flock: "util-linux (on Alpine: flock)",
  prlimit: "util-linux (on Alpine: util-linux-misc)",
  env: "coreutils",
  cp: "coreutils",
  mkfifo: "coreutils",
  tar: "tar (GNU tar)",
} as const;

export type ProgramName = keyof typeof packages;

/** Absolute paths. */
export type Programs = Readonly<Record<ProgramName, string>>;

/** All of them, or the names of the packages of those that are missing. */
export function findPrograms(searchPath: string | undefined): Programs | { readonly missing: readonly string[] } {
  const missing = new Set<string>();
  const find = (name: ProgramName): string => {
    const path = findProgram(name, searchPath);
    if (path === undefined) missing.add(packages[name]);
    return path ?? name;
  };
  const programs: Programs = {
    sh: find("sh"),
    unshare: find("unshare"),
    mount: find("mount"),
    setpriv: find("setpriv"),
    flock: find("flock"),
    prlimit: find("prlimit"),
    env: find("env"),
    cp: find("cp"),
    mkfifo: find("mkfifo"),
    tar: find("tar"),
  };
  return missing.size === 0 ? programs : { missing: [...missing] };
}

/** The absolute path of a program, or undefined. Where administrators keep theirs is looked at too: users often lack it in their `PATH`. */
export function findProgram(name: string, searchPath: string | undefined): string | undefined {
  if (isAbsolute(name)) return isRunnable(name) ? name : undefined;
  const folders = [...(searchPath ?? "").split(delimiter), ...administratorFolders];
  return folders
    .filter(isAbsolute)
    .map((folder) => join(folder, name))
    .find(isRunnable);
}

const administratorFolders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

function isRunnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
