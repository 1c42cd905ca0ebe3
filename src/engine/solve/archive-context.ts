/** A context that is an archive on a web server. */
import { BuildFailure } from "../../execute/ports.ts";
import { openArchiveFile } from "../copy/open-archive.ts";
import { layeredTree } from "../tree/layered-tree.ts";
import type { Tree } from "../tree/tree.ts";
import type { EngineServices } from "./services.ts";

/** Rejects with a BuildFailure for what is no archive. */
export async function openArchiveTree(url: string, services: EngineServices, signal: AbortSignal): Promise<Tree> {
  const { file, size } = await services.sources.http({ url }, signal);
  const open = openArchiveFile(services.store, signal);
  const entries = await open({ kind: "range", file, offset: 0, size });
  if (entries !== undefined) return layeredTree([entries]);
  throw new BuildFailure("build/context-not-an-archive", `the context ${url} is no archive`, {
    hint: "a context on a web server is a tar archive, compressed or not; a repository ends in .git",
  });
}
