/** The folder that both programs build in: a base, some files, a repository. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createBase } from "../../engine/base-image.ts";
import type { EngineFound } from "../../engine/global-setup.ts";

export interface Setting extends AsyncDisposable {
  /** Where the build file goes. */
  readonly folder: string;
  /** Beside it, for what no context should hold. */
  readonly beside: string;
}

export async function createSetting(
  engine: EngineFound,
  files: Readonly<Record<string, string>> = {},
): Promise<Setting> {
  if (engine.busyboxPath === undefined) throw new Error("the tests need busybox");
  const root = await mkdtemp(join(tmpdir(), "tsbake-side-by-side-"));
  const folder = join(root, "project");
  await mkdir(folder);
  await createBase(join(folder, "base"), engine.busyboxPath);
  // What is drawn keeps the cache of an earlier run out of this one.
  const all = { ".dockerignore": "out\ndocker-bake.hcl\n", "seed.txt": root, ...files };
  for (const [name, text] of Object.entries(all)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const remove = (): Promise<void> => rm(root, { recursive: true, force: true });
  return { folder, beside: root, [Symbol.asyncDispose]: remove };
}
