/** A context that is an archive: on a web server, or on standard input. */
import { BuildFailure } from "../../execute/ports.ts";
import { readStandardInput } from "../../execute/target/standard-input.ts";
import { standardContext } from "../../execute/target/target-inputs.ts";
import { openArchiveFile } from "../copy/open-archive.ts";
import { layeredTree } from "../tree/layered-tree.ts";
import type { Tree } from "../tree/tree.ts";
import type { EngineServices } from "./services.ts";

/** Rejects with a BuildFailure for what is no archive. */
export async function openArchiveTree(address: string, services: EngineServices, signal: AbortSignal): Promise<Tree> {
  const place = address === standardContext ? await pipedArchive(signal) : await download(address, services, signal);
  const entries = await openArchiveFile(services.store, signal)({ kind: "range", offset: 0, ...place });
  if (entries !== undefined) return layeredTree([entries]);
  const shown = address === standardContext ? "on standard input" : address;
  throw new BuildFailure("build/context-not-an-archive", `the context ${shown} is no archive`, {
    hint: "such a context is a tar archive, compressed or not; the address of a repository ends in .git",
  });
}

interface ArchivePlace {
  readonly file: string;
  readonly size: number;
}

async function download(url: string, services: EngineServices, signal: AbortSignal): Promise<ArchivePlace> {
  const { file, size } = await services.sources.http({ url }, signal);
  return { file, size };
}

async function pipedArchive(signal: AbortSignal): Promise<ArchivePlace> {
  const input = await readStandardInput(signal);
  if (input.kind === "archive") return { file: input.file, size: input.sizeBytes };
  throw new Error("a Dockerfile on standard input is not taken for a context");
}
