import { chmod, copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./run-process.ts";

/** Lines of a Dockerfile that begin with the base made by {@link createBase}: `FROM scratch`, so nothing is pulled. */
export const baseDockerfile = "FROM scratch\nCOPY base/ /\n";

/**
 * Makes the files of a tiny Linux in `folder`, which is created: busybox as `/bin/busybox`, a link for each of its commands, a
 * `/tmp` and a root user. `RUN` works in it as in any image. Put it in a build's context as `base`, or make an image of it.
 */
export async function createBase(folder: string, busyboxPath: string): Promise<void> {
  await mkdir(join(folder, "bin"), { recursive: true });
  await mkdir(join(folder, "etc"));
  await mkdir(join(folder, "tmp"));
  // The mode that mkdir is given is cut by the umask.
  await chmod(join(folder, "tmp"), 0o1777);
  const busybox = join(folder, "bin/busybox");
  await copyFile(busyboxPath, busybox);
  await chmod(busybox, 0o755);
  for (const applet of await listApplets(busyboxPath)) {
    if (applet !== "busybox") await symlink("busybox", join(folder, "bin", applet));
  }
  await writeFile(join(folder, "etc/passwd"), "root:x:0:0:root:/:/bin/sh\n");
  await writeFile(join(folder, "etc/group"), "root:x:0:\n");
}

async function listApplets(busyboxPath: string): Promise<readonly string[]> {
  const { stdout } = await run(busyboxPath, ["--list"]);
  return stdout.split("\n").filter((line) => line !== "");
}
