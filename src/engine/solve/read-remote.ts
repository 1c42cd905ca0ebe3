/** Reads build files that are not on this machine: fetched as contexts are, with what the environment gives to get in. */
import { open } from "node:fs/promises";
import { messageOf, TsbakeError } from "../../base/errors.ts";
import { Redaction } from "../../base/redaction.ts";
import { isGitAddress } from "../../buildfile/git-address.ts";
import type { RemoteTree } from "../../buildfile/remote-tree.ts";
import { BuildFailure, type RemoteFiles, type RemoteRequest } from "../../execute/ports.ts";
import { gitAgents, gitSecrets } from "../../execute/target/git-access.ts";
import { isArchive } from "../../execute/target/is-archive.ts";
import type { Tree } from "../tree/tree.ts";
import { addressTree, readTreeFile } from "./address-tree.ts";
import type { RepositoryOptions } from "./fetch-repository.ts";
import type { EngineServices } from "./services.ts";
import { toolsOf } from "./step-tools.ts";

const largestFileBytes = 2 << 20;
const headerBytes = 1024;

/** Rejects with a TsbakeError when the files cannot be had, or with the signal's reason. */
export async function readRemote(
  services: EngineServices,
  request: RemoteRequest,
  signal: AbortSignal,
): Promise<RemoteFiles> {
  const { address, workingFolder } = request;
  const { host } = services;
  const redaction = new Redaction();
  const access = { secret: gitSecrets(host.variables), ssh: gitAgents(address, host.variables) };
  const tools = toolsOf({ name: "remote build files", workingFolder, ...access }, host, redaction);
  try {
    return await read(request, { services, tools, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw explain(error, address, redaction);
  }
}

async function read(request: RemoteRequest, options: RepositoryOptions): Promise<RemoteFiles> {
  const { address } = request;
  const { services, signal } = options;
  if (isGitAddress(address)) {
    return readNamed({ address, kind: "git" }, await addressTree(address, options), request, options);
  }
  const { file, size } = await services.sources.http({ url: address }, signal);
  const content = await beginningOf(file);
  if (isArchive(content)) {
    return readNamed({ address, kind: "archive" }, await addressTree(address, options), request, options);
  }
  if (/^\s*<(?:!doctype|html)\b/i.test(Buffer.from(content.subarray(0, headerBytes)).toString("latin1"))) {
    const hint = `for a git repository write ${address.replace(/\/?(?:[?#].*)?$/, "")}.git`;
    throw new BuildFailure("build/web-page", "there is a web page at that address", { hint });
  }
  if (size > largestFileBytes) {
    throw new BuildFailure("build/too-large", "it is larger than 2 MiB, which no build file is");
  }
  return { tree: { address, kind: "file" }, files: new Map(content.length === 0 ? [] : [[address, content]]) };
}

async function readNamed(
  remote: RemoteTree,
  tree: Tree,
  { names }: RemoteRequest,
  { services, signal }: RepositoryOptions,
): Promise<RemoteFiles> {
  const files = new Map<string, Uint8Array>();
  for (const name of names) {
    const content = await readTreeFile(tree, name, { services, mostBytes: largestFileBytes, signal });
    if (content !== undefined && content.length > 0) files.set(name, content);
  }
  return { tree: remote, files };
}

/** As much as a build file may have, and more than is needed to tell what it is. */
async function beginningOf(path: string): Promise<Uint8Array> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(largestFileBytes), 0, largestFileBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function explain(error: unknown, address: string, redaction: Redaction): unknown {
  if (!(error instanceof TsbakeError || error instanceof BuildFailure)) return error;
  const message = `the build files of ${redaction.clean(address)} cannot be read: ${redaction.clean(messageOf(error))}`;
  return new TsbakeError("engine/remote-unreadable", message, {
    hint: hintFor(error.message) ?? error.hint ?? "see whether the address is right and can be reached from here",
    retryable: error.retryable,
    cause: error,
  });
}

function hintFor(message: string): string | undefined {
  return /authenticat|could not read Username|\b40[13]\b|Permission denied/i.test(message)
    ? "for a private repository set BUILDX_BAKE_GIT_AUTH_TOKEN, or for ssh start an agent (BUILDX_BAKE_GIT_SSH names another)"
    : undefined;
}
