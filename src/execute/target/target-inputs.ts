/** What a target reads, and how each thing reaches the node: as a folder we serve, by an address the node fetches, or by a link. */
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import type { BuildId, Target } from "../../plan/plan.ts";

/** A folder the node may read through the session, under a name of its own. */
export interface LocalFolder {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

export interface TargetInputs {
  /** The attributes of the frontend that name the inputs; of a context by standard input, the node's name for it is missing. Links are not among them: they are known once their targets are solved. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly folders: readonly LocalFolder[];
  /** Folders of the tree that the build file was read from: the name the frontend finds it under, to the path in the tree. */
  readonly treeInputs: ReadonlyMap<string, string>;
  /** To be served as `Dockerfile` of the folder `dockerfile`. */
  readonly inlineDockerfile: string | undefined;
  /** Of a Dockerfile that is to be downloaded, and then served as an inline one. */
  readonly dockerfileAddress: string | undefined;
  /** Of the local Dockerfile, absolute; undefined when it is inline, elsewhere or on the node's side. */
  readonly dockerfilePath: string | undefined;
  /** What the Dockerfile is called when people are shown a piece of it. */
  readonly dockerfileLabel: string;
  readonly frontendCaps: readonly string[];
}

/** The context that comes by standard input. */
export const standardContext = "-";

const remoteAddress = /^(?:https?|git|ssh):\/\/|^github\.com\/|^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:/;
const webAddress = /^https?:\/\//;
const contextScheme = /^(?:docker-image|oci-layout|input|local):/;
const contextsCap = "moby.buildkit.frontend.contexts+forward";
const gitQueryCap = "moby.buildkit.frontend.gitquerystring";

/** True for an address that the node fetches by itself: git or http. */
export function isRemoteAddress(text: string): boolean {
  return remoteAddress.test(text);
}

/** True for a Dockerfile that is downloaded. */
function isWebAddress(text: string): boolean {
  return webAddress.test(text);
}

/** Works out the inputs from the target alone; nothing is looked at on disk. */
export function targetInputs(target: Target, links: ReadonlyMap<string, BuildId>, workingFolder: string): TargetInputs {
  const remote = isRemoteAddress(target.context);
  const ofTree = treeInputs(target);
  const piped = target.context === standardContext;
  const contextFolder = remote || piped || ofTree.has("context") ? undefined : resolve(workingFolder, target.context);
  const dockerfile = locateDockerfile(target, contextFolder, workingFolder);
  const named = [...target.contexts]
    .filter(([name]) => !links.has(name))
    .map((entry) =>
      target.remote?.contexts.has(entry[0]) ? treeContext(entry[0]) : namedContext(entry, workingFolder),
    );
  const gitQuery = [target.context, ...target.contexts.values()].some((address) => isGitWithQuery(address));
  return {
    attributes: new Map([
      ...(remote ? [["context", target.context] as const] : []),
      ...dockerfile.attributes,
      ...named.map(({ name, value }) => [`context:${name}`, value] as const),
    ]),
    folders: [
      ...(contextFolder === undefined ? [] : [{ name: "context", path: contextFolder }]),
      ...(dockerfile.folder === undefined ? [] : [{ name: "dockerfile", path: dockerfile.folder }]),
      ...named.flatMap(({ folder }) => folder ?? []),
    ],
    treeInputs: ofTree,
    inlineDockerfile: target.dockerfileInline,
    dockerfileAddress:
      target.dockerfileInline === undefined && isWebAddress(target.dockerfile) ? target.dockerfile : undefined,
    dockerfilePath: dockerfile.path,
    dockerfileLabel: dockerfile.label,
    frontendCaps: [...(target.contexts.size > 0 ? [contextsCap] : []), ...(gitQuery ? [gitQueryCap] : [])],
  };
}

/** The frontend takes its context and its Dockerfile from inputs of those names. */
function treeInputs({ remote }: Target): ReadonlyMap<string, string> {
  const inputs = new Map<string, string>();
  if (remote?.context !== undefined) {
    inputs.set("context", remote.context);
    inputs.set("dockerfile", remote.context);
  }
  for (const [name, path] of remote?.contexts ?? []) inputs.set(treeInputName(name), path);
  return inputs;
}

function treeContext(name: string): NamedContext {
  return { name, value: `input:${treeInputName(name)}` };
}

function treeInputName(name: string): string {
  return `tree-${name}`;
}

interface DockerfilePlace {
  readonly attributes: readonly (readonly [string, string])[];
  /** To be served as `dockerfile`. */
  readonly folder?: string;
  readonly path?: string;
  readonly label: string;
}

const servedText = [
  ["filename", "Dockerfile"],
  ["dockerfilekey", "dockerfile"],
] as const;

function locateDockerfile(target: Target, contextFolder: string | undefined, workingFolder: string): DockerfilePlace {
  if (target.dockerfileInline !== undefined) {
    return { attributes: servedText, label: `dockerfile-inline of ${target.name}` };
  }
  if (isWebAddress(target.dockerfile)) return { attributes: servedText, label: target.dockerfile };
  const local = target.dockerfile.startsWith("cwd://") ? target.dockerfile.slice("cwd://".length) : undefined;
  if (contextFolder === undefined && local === undefined && !isAbsolute(target.dockerfile)) {
    const inTree = target.remote?.context;
    const label = inTree === undefined ? target.dockerfile : join(inTree, target.dockerfile);
    return { attributes: [["filename", target.dockerfile]], label };
  }
  const path = local === undefined ? resolve(contextFolder ?? "/", target.dockerfile) : resolve(workingFolder, local);
  const label = local ?? (isAbsolute(target.dockerfile) ? target.dockerfile : join(target.context, target.dockerfile));
  const key = contextFolder === undefined ? [["dockerfilekey", "dockerfile"] as const] : [];
  return { attributes: [["filename", basename(path)], ...key], folder: dirname(path), path, label };
}

interface NamedContext {
  readonly name: string;
  readonly value: string;
  readonly folder?: LocalFolder;
}

function namedContext([name, value]: readonly [string, string], workingFolder: string): NamedContext {
  if (isRemoteAddress(value) || contextScheme.test(value)) return { name, value };
  // Two names of folders are taken by the context itself and by the Dockerfile.
  const folderName = name === "context" || name === "dockerfile" ? `_${name}` : name;
  const path = resolve(workingFolder, value.replace(/^cwd:\/\//, ""));
  return { name, value: `local:${folderName}`, folder: { name: folderName, path } };
}

function isGitWithQuery(address: string): boolean {
  if (!isRemoteAddress(address)) return false;
  const [beforeFragment = ""] = address.split("#", 1);
  const [path = "", query] = beforeFragment.split("?", 2);
  return query !== undefined && (path.endsWith(".git") || /^(?:git|ssh):\/\/|^github\.com\/|^[^/]+@/.test(address));
}
