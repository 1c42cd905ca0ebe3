/** The graph that fetches a tree, and those that take a folder out of it. */
import { posix } from "node:path";
import { type GitAddress, isGitAddress, parseGitAddress } from "../../buildfile/git-address.ts";
import type { RemoteTree } from "../../buildfile/remote-tree.ts";
import { BuildFailure } from "../../execute/ports.ts";
import { gitHeaderSecret, gitTokenSecret } from "../../execute/target/git-access.ts";
import { copyStep, type GraphStep, sourceStep } from "./graph.ts";

/** Under which name a download is found in its result. */
export const downloadName = "context";

/** Fetches what is at the address: the files of a repository, or the one download. Throws a BuildFailure for a bad address. */
export function fetchGraph(address: string): GraphStep {
  if (!isGitAddress(address)) {
    const attributes = new Map([["http.filename", downloadName]]);
    const name = `load remote build context ${address}`;
    return sourceStep({ identifier: address, attributes, name, caps: ["source.http"] });
  }
  const git = parseGitAddress(address);
  if (!git.ok)
    throw new BuildFailure("build/bad-address", git.message, { hint: "write https://HOST/PATH.git#REF:FOLDER" });
  return gitStep(git.value, address);
}

/** The tree as a file system of its own. */
export function treeGraph({ address, kind }: RemoteTree): GraphStep {
  const fetched = fetchGraph(address);
  if (kind !== "archive") return fetched;
  return copyStep(fetched, { name: "unpack remote build context", path: `/${downloadName}`, unpack: true });
}

/** A folder of the tree, by its path from the top. */
export function folderGraph(tree: RemoteTree, folder: string): GraphStep {
  const top = treeGraph(tree);
  const path = posix.join("/", folder);
  return path === "/" ? top : copyStep(top, { name: `set context to ${folder}`, path, unpack: false });
}

function gitStep(git: GitAddress, address: string): GraphStep {
  const fragment = git.subfolder === "" ? git.ref : `${git.ref}:${git.subfolder}`;
  const ssh: readonly (readonly [string, string])[] = git.overSsh ? [["git.mountsshsock", "default"]] : [];
  return sourceStep({
    identifier: `git://${git.place}${fragment === "" ? "" : `#${fragment}`}`,
    attributes: new Map([
      ["git.fullurl", git.url],
      ["git.authtokensecret", gitTokenSecret],
      ["git.authheadersecret", gitHeaderSecret],
      ...ssh,
      ...(git.keepGitFolder ? [["git.keepgitdir", "true"] as const] : []),
      ...(git.submodules ? [] : [["git.skipsubmodules", "true"] as const]),
      ...(git.checksum === "" ? [] : [["git.checksum", git.checksum] as const]),
    ]),
    name: `load git source ${address}`,
    caps: [
      "source.git",
      "source.git.fullurl",
      "source.git.httpauth",
      ...(git.overSsh ? ["source.git.mountsshsock"] : []),
      ...(git.keepGitFolder ? ["source.git.keepgitdir"] : []),
      ...(git.submodules ? [] : ["source.git.skipsubmodules"]),
      ...(git.checksum === "" ? [] : ["source.git.checksum"]),
    ],
  });
}
