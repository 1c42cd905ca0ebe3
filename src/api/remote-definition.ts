/** Build files that are read through a builder: from a git repository, an archive or an address of their own (spec section 25.1). */

import type { Diagnostic } from "../base/diagnostic.ts";
import { messageOf, TsbakeError } from "../base/errors.ts";
import type { Source } from "../base/span.ts";
import { didYouMean } from "../base/suggest.ts";
import { defaultFileNames, discoverFiles } from "../buildfile/discover.ts";
import type { SyntaxFile } from "../buildfile/hcl/syntax.ts";
import { includeAttribute, includesOf } from "../buildfile/include/include-list.ts";
import type { RemoteTree } from "../buildfile/remote-tree.ts";
import { reachNodes } from "../execute/placement.ts";
import type { RemoteFiles, RemoteRequest } from "../execute/ports.ts";
import {
  decode,
  dockerfileAlone,
  dockerfileNames,
  type FileRequest,
  leftOut,
  localPrefix,
  namedFiles,
  type ReadFiles,
  readNamed,
} from "./build-files.ts";
import { openBuilder } from "./builder.ts";
import type { Surroundings } from "./surroundings.ts";

export interface RemoteFileRequest extends FileRequest {
  readonly address: string;
  /** Opened to fetch the files, and closed again. */
  readonly builder: string | undefined;
  readonly surroundings: Surroundings;
  readonly signal: AbortSignal;
}

export interface ReadRemoteFiles extends ReadFiles {
  readonly tree: RemoteTree;
  /** Those that came from the tree. */
  readonly fromTree: ReadonlySet<Source>;
}

/**
 * The texts in the order in which they count: those of the tree, then local ones (`cwd://FILE`). Without names what a folder would be
 * searched for; a tree with a Dockerfile and no build file has one target for it. Rejects with a TsbakeError when the tree cannot be had.
 */
export async function readRemoteBuildFiles(request: RemoteFileRequest): Promise<ReadRemoteFiles> {
  const named = namedFiles(request);
  const wanted = named.filter((name) => !name.startsWith(localPrefix));
  const names = wanted.length > 0 ? wanted : [...defaultFileNames, ...dockerfileNames];
  const { tree, files } = await fetchFiles(request, names);
  const found = tree.kind === "file" ? allOf(files) : wanted.length > 0 ? take(files, wanted) : search(files);
  const alone = named.length === 0 && found.sources.length === 0 && dockerfileNames.some((name) => files.has(name));
  const local = readNamed(
    named.filter((name) => name.startsWith(localPrefix)),
    request.workingFolder,
  );
  return {
    tree,
    fromTree: new Set(found.sources),
    sources: alone ? [dockerfileAlone] : [...found.sources, ...local.sources],
    diagnostics: [...found.diagnostics, ...local.diagnostics],
  };
}

/** Includes are looked for in folders of this machine, where those of a remote file have no business. */
export function refuseIncludes(files: readonly SyntaxFile[], fromTree: ReadonlySet<Source>): readonly Diagnostic[] {
  return files.flatMap((file) => {
    const include = includeAttribute(file);
    // A constant that happens to be called include is none, here as elsewhere.
    if (!include || !fromTree.has(file.source) || includesOf(file, files).value.length === 0) return [];
    return {
      code: "buildfile/include-in-remote",
      severity: "error",
      message: "a build file that is read from elsewhere cannot include others",
      span: include.nameSpan,
      hint: "name the files: -f FILE -f OTHER",
    };
  });
}

async function fetchFiles(request: RemoteFileRequest, names: readonly string[]): Promise<RemoteFiles> {
  const { address, workingFolder, signal } = request;
  const builder = await openBuilder(request.builder, request.surroundings);
  try {
    const { places } = await reachNodes(builder.nodes, signal);
    const asked: RemoteRequest = { address, names, workingFolder };
    for (const { node } of places) if (node.readRemote !== undefined) return await node.readRemote(asked, signal);
  } finally {
    await Promise.all(builder.nodes.map((node) => node.close()));
  }
  throw new TsbakeError("api/remote-unsupported", `${builder.name} cannot read build files from ${address}`, {
    hint: "name a builder with a BuildKit daemon with --builder, or get the files first and build them here",
  });
}

function allOf(files: ReadonlyMap<string, Uint8Array>): ReadFiles {
  return take(files, [...files.keys()]);
}

function search(files: ReadonlyMap<string, Uint8Array>): ReadFiles {
  const found = discoverFiles(new Set(defaultFileNames.filter((name) => files.has(name))));
  const { sources, diagnostics } = take(files, found.files);
  return { sources, diagnostics: [...diagnostics, ...found.leftOut.map((name) => leftOut(name, found.files))] };
}

function take(files: ReadonlyMap<string, Uint8Array>, names: readonly string[]): ReadFiles {
  const sources: Source[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const name of names) {
    const bytes = files.get(name);
    try {
      if (bytes === undefined) diagnostics.push(missing(name));
      else sources.push({ name, text: decode(bytes) });
    } catch (error) {
      const message = `build file ${name} cannot be read: ${messageOf(error)}`;
      diagnostics.push({ code: "buildfile/file-unreadable", severity: "error", message });
    }
  }
  return { sources, diagnostics };
}

function missing(name: string): Diagnostic {
  return {
    code: "buildfile/file-not-found",
    severity: "error",
    message: `there is no build file ${name} in the repository or archive, or nothing in it`,
    hint: didYouMean(name, defaultFileNames) ?? `a file of this machine is ${localPrefix}${name}`,
  };
}
