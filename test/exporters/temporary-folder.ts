/** A folder for one test, removed after it. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { removeTree } from "../../src/execute/remove-tree.ts";

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tsbake-exporters-"));
  onTestFinished(() => removeTree(folder));
  return folder;
}
