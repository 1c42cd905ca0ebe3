/** Who we are to a daemon that keeps copies of contexts: the id that buildx made on this machine, or one made the same way. */
import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errnoCode } from "../../base/errors.ts";
import { dockerConfigFolder, type HostEnvironment, variable } from "../../base/host-environment.ts";

const form = /^[0-9a-f]{16}$/;

/**
 * Reads `.buildNodeID` of buildx's configuration folder, or makes it. Where it can be neither read nor made, the id is good for this
 * process only, and a context is sent whole once more.
 */
export async function loadNodeId(environment: HostEnvironment): Promise<string> {
  const folder = variable(environment, "BUILDX_CONFIG") ?? join(dockerConfigFolder(environment), "buildx");
  const path = join(folder, ".buildNodeID");
  const id = randomBytes(8).toString("hex");
  try {
    return (await readId(path)) ?? (await createId(folder, path, id));
  } catch {
    return id;
  }
}

async function readId(path: string): Promise<string | undefined> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (errnoCode(error) === "ENOENT") return "";
    throw error;
  });
  return form.test(text.trim()) ? text.trim() : undefined;
}

/** Linked into place whole: of two processes that start together one makes the id and both use it. */
async function createId(folder: string, path: string, id: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = `${path}.${id}`;
  await writeFile(draft, id, { mode: 0o600, flag: "wx" });
  try {
    await link(draft, path);
    return id;
  } catch {
    return (await readId(path)) ?? id;
  } finally {
    await rm(draft, { force: true });
  }
}
