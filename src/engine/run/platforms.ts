/** For which platforms commands can be run: the machine's, its relatives, and those that binfmt_misc has an emulator for. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { formatPlatform, normalisePlatform, type Platform, runnablePlatforms } from "../../oci/platform.ts";

/** The machine's own first. `folder`: where the kernel tells of emulators. */
export function commandPlatforms(folder = "/proc/sys/fs/binfmt_misc"): readonly Platform[] {
  const own = normalisePlatform({ os: "linux", architecture: nodeArchitectures[process.arch] ?? process.arch });
  const all = [
    own,
    ...emulatedArchitectures(folder).map((architecture) => normalisePlatform({ os: "linux", architecture })),
  ];
  const names = new Set<string>();
  return all.flatMap(runnablePlatforms).filter((platform) => {
    const name = formatPlatform(platform);
    return !names.has(name) && names.add(name);
  });
}

const nodeArchitectures: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386", ppc64: "ppc64le" };

/** Names of machines as qemu has them. */
const emulators: Readonly<Record<string, string>> = {
  aarch64: "arm64",
  arm: "arm",
  x86_64: "amd64",
  i386: "386",
  riscv64: "riscv64",
  ppc64le: "ppc64le",
  s390x: "s390x",
  loongarch64: "loong64",
  mips64el: "mips64le",
  mips64: "mips64",
};

/** Only those that are opened when they are registered (`F`): others would be looked for in the image. */
function emulatedArchitectures(folder: string): readonly string[] {
  try {
    return readdirSync(folder).flatMap((name) => {
      const architecture = emulators[name.replace(/^qemu-/, "")];
      if (architecture === undefined) return [];
      const text = readFileSync(join(folder, name), "latin1");
      return /^enabled$/m.test(text) && /^flags: .*F/m.test(text) ? [architecture] : [];
    });
  } catch {
    return [];
  }
}
