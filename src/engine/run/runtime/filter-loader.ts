/**
 * Programs that load a filter and then run a command: perl, which Debian and its relatives always have, or Python. (setpriv and bwrap load
 * filters as well, but with `no_new_privs`, and then nothing of an image could change its user: no sudo.)
 */
import { findProgram } from "../programs.ts";
import { compileFilter, encodeFilter } from "./seccomp-filter.ts";
import { allow, seccompProfile } from "./seccomp-profile.ts";

export interface FilterLoader {
  /** Absolute. */
  readonly program: string;
  /** What the file is to hold. Made when it is needed first: not for builds that have everything from the cache. */
  readonly filter: () => Uint8Array;
  /** Before a command, to run it under the filter in a file. It is not run without. */
  readonly words: (file: string) => readonly string[];
}

/** The best first; none for machines that no filter is known for. Those of the system before those of the `PATH`, which may be scripts around something. */
export function findFilterLoaders(searchPath: string): readonly FilterLoader[] {
  const { arch } = process;
  const prctl = numbersOfPrctl[arch];
  if (prctl === undefined) return [];
  const filter = (): Uint8Array => {
    made ??= filterFor(arch);
    if (made === undefined) throw new Error(`no filter for ${arch}`);
    return made;
  };
  return loaders.flatMap(({ name, flags, script }) => {
    const program = findProgram(name, undefined) ?? findProgram(name, searchPath);
    if (program === undefined) return [];
    return [{ program, filter, words: (file) => [program, ...flags, script(prctl), file] }];
  });
}

let made: Uint8Array | undefined;

/** `architecture` as Node names it. Undefined for those that are not known here. */
export function filterFor(architecture: string): Uint8Array | undefined {
  const profile = seccompProfile(architecture);
  if (profile === undefined) return undefined;
  // unshare(1) makes the call of its name even when it is only to change the root. Without flags that does nothing.
  const harmless = allow(["unshare"], { index: 0, value: 0, op: "SCMP_CMP_EQ" });
  const program = compileFilter({ ...profile, syscalls: [...profile.syscalls, harmless] });
  return program === undefined ? undefined : encodeFilter(program);
}

// Both: prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &(struct sock_fprog){ length, filter }).

const numbersOfPrctl: Readonly<Record<string, number>> = { x64: 157, arm64: 167 };

const perl = (prctl: number): string => `
open(F, "<", shift) or die "the filter: $!\\n"; binmode F; local $/; $f = <F>; close F;
syscall(${prctl}, 22, 2, pack("S x![P] P", length($f) / 8, $f)) == 0 or die "seccomp: $!\\n";
exec {$ARGV[0]} @ARGV or die "$ARGV[0]: $!\\n";
`;

const python = (): string => `
import ctypes, os, sys
with open(sys.argv[1], "rb") as f: filter = f.read()
held = ctypes.create_string_buffer(filter)
class Program(ctypes.Structure): _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
program = Program(len(filter) // 8, ctypes.addressof(held))
words = [ctypes.c_ulong(each) for each in (2, ctypes.addressof(program), 0, 0)]
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(22, *words) != 0: sys.exit("seccomp: " + os.strerror(ctypes.get_errno()))
os.execv(sys.argv[2], sys.argv[2:])
`;

const loaders = [
  { name: "perl", flags: ["-e"], script: perl },
  { name: "python3", flags: ["-I", "-S", "-c"], script: python },
] as const;
