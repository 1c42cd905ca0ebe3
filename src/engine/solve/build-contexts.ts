/** The contexts of a target: its folder, and what it calls by name. */
import { lstatSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { errnoCode, messageOf } from "../../base/errors.ts";
import { type IgnoreFilter, ignoreFilter } from "../../dockerfile/ignore/ignore-filter.ts";
import { BuildFailure } from "../../execute/ports.ts";
import { isRemoteAddress, type LocalFolder, type TargetInputs } from "../../execute/target/target-inputs.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import type { Platform } from "../../oci/platform.ts";
import type { Target } from "../../plan/plan.ts";
import { problem } from "../graph/problem.ts";
import type { NamedContext } from "../graph/stage-graph.ts";
import { type BuildContext, type ContextFiles, identify } from "../graph/step.ts";
import { openContextTree } from "../tree/context-tree.ts";
import { addressTree, folderOf } from "./address-tree.ts";
import type { EngineServices } from "./services.ts";
import { stepTools } from "./step-tools.ts";

export interface ContextsOptions {
  readonly target: Target;
  readonly inputs: TargetInputs;
  readonly workingFolder: string;
  readonly services: EngineServices;
  readonly signal: AbortSignal;
}

/** The context that COPY and ADD take from when they name no other. Its ignore file may be one of the Dockerfile's own. */
export async function mainContext(options: ContextsOptions): Promise<BuildContext> {
  const { target, inputs } = options;
  const folder = inputs.folders.find(({ name }) => name === "context");
  const inTree = target.remote?.context;
  if (inTree !== undefined) return treeContext(inTree, "the context", options);
  if (folder === undefined) return addressContext(target.context, "the context", options);
  const own =
    inputs.dockerfilePath === undefined ? undefined : await readIgnore(`${inputs.dockerfilePath}.dockerignore`);
  return folderContext(folder, "the context", { ignore: own, services: options.services });
}

/** Undefined when the target has no such context. Names of images are known with and without what people leave out. */
export function namedContexts(
  options: ContextsOptions,
): (name: string, platform: Platform) => Promise<NamedContext | undefined> {
  const { target } = options;
  const byName = new Map([...target.contexts].map(([name, value]) => [contextKey(name), { name, value }]));
  return async (name, platform) => {
    const found = byName.get(contextKey(name));
    return found === undefined ? undefined : namedContext(found, platform, options);
  };
}

/** The same for all spellings of a name: `alpine`, `docker.io/library/alpine:latest`. */
export function contextKey(name: string): string {
  return name
    .toLowerCase()
    .replace(/^(?:index\.)?docker\.io\//, "")
    .replace(/^library\//, "")
    .replace(/:latest$/, "");
}

interface NamedValue {
  readonly name: string;
  readonly value: string;
}

async function namedContext(
  { name, value }: NamedValue,
  platform: Platform,
  options: ContextsOptions,
): Promise<NamedContext | undefined> {
  const { services, workingFolder, target, signal } = options;
  const shown = `the named context ${JSON.stringify(name)}`;
  const inTree = target.remote?.contexts.get(name);
  if (inTree !== undefined) return { kind: "files", context: treeContext(inTree, shown, options) };
  // A link: the build itself knows what it stands for.
  if (value.startsWith("target:")) return undefined;
  if (value.startsWith("docker-image://")) return { kind: "image", reference: value.slice("docker-image://".length) };
  if (value.startsWith("oci-layout://")) {
    const [, path = "", tag, digest = ""] =
      /^oci-layout:\/\/([^@]*?)(?::([\w][\w.-]{0,127}))?(?:@(.+))?$/.exec(value) ?? [];
    const image = await services.sources.layout(
      {
        folder: resolve(workingFolder, path),
        platform,
        ...(tag === undefined ? {} : { tag }),
        ...(digest === "" ? {} : { digest: checkedDigest(digest, shown) }),
      },
      signal,
    );
    return { kind: "resolved", image };
  }
  if (isRemoteAddress(value)) return { kind: "files", context: addressContext(value, shown, options) };
  const path = resolve(workingFolder, value.replace(/^cwd:\/\//, ""));
  return { kind: "files", context: await folderContext({ name, path }, shown, { ignore: undefined, services }) };
}

function checkedDigest(text: string, shown: string): Digest {
  if (isDigest(text)) return text;
  throw new BuildFailure("build/bad-attribute", `${shown}: ${JSON.stringify(text)} is no digest`, {
    hint: "write sha256: and 64 hexadecimal digits",
  });
}

interface FolderOptions {
  /** Instead of the `.dockerignore` in the folder. */
  readonly ignore: IgnoreFile | undefined;
  readonly services: EngineServices;
}

interface IgnoreFile {
  readonly file: string;
  readonly text: string;
}

async function folderContext(
  { name: localName, path: folder }: LocalFolder,
  name: string,
  { ignore, services }: FolderOptions,
): Promise<BuildContext> {
  const { file, text } = ignore ?? (await readIgnore(join(folder, ".dockerignore"))) ?? { file: "", text: "" };
  const filter = readFilter(file, text);
  return {
    kind: "context",
    id: identify({ kind: "folder-context", folder, text }),
    name,
    origin: { kind: "folder", name: localName },
    ignore: filter,
    open: async () => {
      await services.store.hashes.open(folder);
      const tree = openContextTree(folder, { filter });
      return { tree, excluded: (path) => filter.leavesOut(path) && isThere(join(folder, path)) };
    },
  };
}

function readFilter(name: string, text: string): IgnoreFilter {
  const { value, diagnostics } = ignoreFilter({ name, text });
  const [wrong] = diagnostics;
  if (wrong === undefined) return value;
  throw problem(wrong.code, wrong.message, {
    ...(wrong.span === undefined ? {} : { span: wrong.span }),
    ...(wrong.hint === undefined ? {} : { hint: wrong.hint }),
  });
}

function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

async function readIgnore(file: string): Promise<IgnoreFile | undefined> {
  try {
    // Nobody waits for the writer of a pipe.
    if (!(await stat(file)).isFile()) throw notAFile(file);
    return { file, text: await readFile(file, "utf8") };
  } catch (error) {
    if (error instanceof BuildFailure) throw error;
    if (errnoCode(error) === "ENOENT" || errnoCode(error) === "ENOTDIR") return undefined;
    throw new BuildFailure("build/context-unreadable", `${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function notAFile(file: string): BuildFailure {
  return new BuildFailure("build/context-unreadable", `${file} is not a file`, {
    hint: "ignore rules are lines of a text file: write one, or remove what is there",
  });
}

/** A repository, or an archive on a web server. */
function addressContext(
  address: string,
  name: string,
  { target, workingFolder, services }: ContextsOptions,
): BuildContext {
  const tools = stepTools({ target, workingFolder }, services.host, services.redaction);
  const open = async (signal: AbortSignal): Promise<ContextFiles> => {
    const tree = await addressTree(address, { services, tools, signal });
    return { tree, excluded: () => false };
  };
  const grant = tools.grants.repository(address);
  const origin = { kind: "address", address } as const;
  return { kind: "context", id: identify({ kind: "address-context", address, grant }), name, origin, open };
}

/** A folder of the tree that the build file was read from. */
function treeContext(path: string, name: string, options: ContextsOptions): BuildContext {
  const address = options.target.remote?.tree.address ?? "";
  const whole = addressContext(address, name, options);
  const open = async (signal: AbortSignal): Promise<ContextFiles> => {
    const { tree, excluded } = await whole.open(signal);
    return { tree: folderOf(tree, path, address), excluded };
  };
  const id = identify({ kind: "tree-context", whole: whole.id, path });
  return { kind: "context", id, name, origin: whole.origin, open };
}
