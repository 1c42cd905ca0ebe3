/** An environment as the last programs before a command are given it: nothing of it in a place where other users could read it. */
import { quoted } from "./shell-words.ts";

export interface PassedEnvironment {
  /** A script that exports most variables; it is read from a file nobody else sees. */
  readonly script: string;
  /** Arguments of env(1): what the shell must not have, and what it cannot name. */
  readonly words: readonly string[];
  /** Variables that make the loader of the machine's own programs run somebody's code: only the image's own shell may have them. */
  readonly loader: ReadonlyMap<string, string>;
}

/** What the shell and mount(8) were started with, and what shells set by themselves. */
const ours = ["PATH", "LC_ALL", "LIBMOUNT_FORCE_MOUNT2", "PWD", "OLDPWD", "SHLVL", "_"];

/** Assigning these does something to a shell, or fails. */
const special =
  /^(?:_|IFS|ENV|OPT[A-Z]+|P[PU]?ID|EUID|[UP]ID|GROUPS|DIRSTACK|FUNCNAME|LINENO|RANDOM|SRANDOM|SECONDS|SHELLOPTS|SHLVL|BASH.*|COMP_.*|EPOCH.*|HIST.*|HOSTNAME|HOSTTYPE|MACHTYPE|OSTYPE|OLDPWD|PWD|PIPESTATUS|POSIXLY_CORRECT|TMOUT|PS[0-4])$/;

const loaderVariable =
  /^(?:LD_|GLIBC_|MALLOC_|GCONV_|GETCONF_|NLSPATH$|LOCPATH$|LIBMOUNT_|LIBC_|TZDIR$|RES_OPTIONS$|HOSTALIASES$)/;

export function passEnvironment(variables: ReadonlyMap<string, string>): PassedEnvironment {
  const all = [...variables];
  const loader = new Map(all.filter(([name]) => loaderVariable.test(name)));
  const rest = all.filter(([name]) => !loader.has(name));
  const plain = rest.filter(([name]) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !special.test(name));
  const named = new Set(plain.map(([name]) => name));
  return {
    script: plain.map(([name, value]) => `export ${name}=${quoted(value)}\n`).join(""),
    words: [
      ...ours.filter((name) => !named.has(name)).flatMap((name) => ["-u", name]),
      "--",
      ...rest.filter(([name]) => !named.has(name)).map(([name, value]) => `${name}=${value}`),
    ],
    loader,
  };
}

/** A command that the image's shell starts with further variables. */
export function withLoaderVariables(words: readonly string[], loader: ReadonlyMap<string, string>): readonly string[] {
  if (loader.size === 0) return words;
  const exported = [...loader].map(([name, value]) => `export ${name}=${quoted(value)}`);
  return ["/bin/sh", "-c", `${exported.join("; ")}; exec "$@"`, "sh", ...words];
}
