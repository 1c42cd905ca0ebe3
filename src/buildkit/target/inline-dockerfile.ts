/** An inline Dockerfile as a folder that can be served. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface InlineDockerfile {
  /** Holds the text as `Dockerfile`. */
  readonly folder: string;
  /** Never throws. */
  readonly remove: () => Promise<void>;
}

export async function writeInlineDockerfile(text: string): Promise<InlineDockerfile> {
  const folder = await mkdtemp(join(tmpdir(), "tsbake-dockerfile-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true }).catch(() => {});
  try {
    await writeFile(join(folder, "Dockerfile"), text);
    return { folder, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
