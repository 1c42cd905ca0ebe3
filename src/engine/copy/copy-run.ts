/** One COPY or ADD on its way: its sources, one after the other, each on top of what the one before left. */

import { PatternError } from "../../dockerfile/ignore/glob.ts";
import { PathFilter } from "../../dockerfile/ignore/path-filter.ts";
import type { FileContent } from "../tree/entry.ts";
import { childPath } from "../tree/path.ts";
import { emptyTree } from "../tree/tree.ts";
import { type Attributes, copiedInode, onTheWay } from "./attributes.ts";
import { copyContents, placeFile } from "./copy-contents.ts";
import { type Destination, fileTarget, folderTarget, parseDestination } from "./destination.ts";
import { bodyOf, type Inode, type Owner } from "./inode.ts";
import type { ModeChange } from "./mode-change.ts";
import { runSteps } from "./pace.ts";
import { invalidPattern, nothingLeft, type SourcePlace, sourceNotFound } from "./problems.ts";
import type { CopyItem, CopyRequest, CopyWarning, OpenArchive } from "./request.ts";
import { findSources, parseSource, type SourceMatch, type SourcePattern } from "./source.ts";
import { unpack } from "./unpack.ts";
import { noMatch, severalSourcesToFile } from "./warnings.ts";
import type { Workspace } from "./workspace.ts";

export interface CopyRunOptions {
  readonly request: CopyRequest;
  readonly workspace: Workspace;
  readonly owner: Owner | undefined;
  readonly mode: ModeChange | undefined;
  readonly signal: AbortSignal;
}

type PathsItem = Extract<CopyItem, { kind: "paths" }>;
type FileItem = Extract<CopyItem, { kind: "file" }>;

export class CopyRun {
  readonly #options: CopyRunOptions;
  readonly #destination: Destination;
  readonly #warnings: CopyWarning[] = [];
  /** Files that sources were written to under the name of the destination. */
  readonly #renamed = new Set<string>();

  constructor(options: CopyRunOptions) {
    this.#options = options;
    this.#destination = parseDestination(options.request.destination);
  }

  get warnings(): readonly CopyWarning[] {
    return this.#warnings;
  }

  /** Rejects with a BuildFailure, or with the reason of the signal. */
  async take(item: CopyItem): Promise<void> {
    if (item.kind === "file") return this.#takeFile(item);
    const place: SourcePlace = {
      tree: item.tree,
      origin: item.origin ?? (item.ownerless ? "the build context" : "what is copied from"),
      excluded: item.excluded ?? (() => false),
    };
    for (const written of item.patterns) await this.#takePattern(parseSource(written, item.parents), item, place);
  }

  async #takePattern(source: SourcePattern, item: PathsItem, place: SourcePlace): Promise<void> {
    const matches = findSources(source, place);
    const filter = filterOf(source, item);
    if (source.include !== undefined && source.literal && matches.some(({ entry }) => entry.type !== "folder")) {
      throw sourceNotFound(source.written, childPath(source.path, source.include), place);
    }
    let copied = 0;
    for (const match of matches) copied += await this.#takeMatch(match, item, filter);
    if (copied > 0) return;
    if (source.include !== undefined && source.literal) {
      throw nothingLeft(source.written, childPath(source.path, source.include), place);
    }
    if (!source.literal) this.#warnings.push(noMatch(source.written, place.origin));
  }

  /** How much was copied, the source itself included. */
  async #takeMatch(match: SourceMatch, item: PathsItem, filter: PathFilter | undefined): Promise<number> {
    const attributes = this.#attributes(item.ownerless);
    const { tree } = item;
    if (match.entry.type === "folder") return this.#takeFolder(match, item, filter, attributes);
    const body = bodyOf(match.entry, tree);
    const inode = copiedInode(match.entry, tree, attributes);
    if (body === undefined || inode === undefined) return 0;
    if (body.type === "file" && (await this.#unpacked(match.path, body.content, item))) return 1;
    this.#placeFile(match.name, inode, match.path);
    return 1;
  }

  async #takeFolder(
    match: SourceMatch,
    item: PathsItem,
    filter: PathFilter | undefined,
    attributes: Attributes,
  ): Promise<number> {
    const { workspace, signal } = this.#options;
    const target = folderTarget(workspace, this.#destination, onTheWay(attributes));
    let copied = filter === undefined || item.parents === false ? 1 : 0;
    const onCopied = (): void => {
      copied++;
    };
    const { tree } = item;
    await runSteps(copyContents({ workspace, tree, source: match.path, target, attributes, filter, onCopied }), signal);
    // The destination is as old as the source, but otherwise it is not the source.
    const inode = copiedInode(match.entry, tree, attributes);
    Object.assign(target.inode, { seconds: inode?.seconds, nanoseconds: inode?.nanoseconds });
    return copied;
  }

  async #takeFile(item: FileItem): Promise<void> {
    const { name, content, mode, seconds } = item;
    if (await this.#unpacked(name, content, item)) return;
    const entry = { type: "file", path: name, content, mode, uid: 0, gid: 0, seconds, nanoseconds: 0 } as const;
    const inode = copiedInode(entry, emptyTree, this.#attributes(true));
    if (inode !== undefined) this.#placeFile(name, inode, name);
  }

  #placeFile(name: string, inode: Inode, source: string): void {
    const { workspace } = this.#options;
    const target = fileTarget(workspace, this.#destination, name, onTheWay(this.#attributes(true)));
    const path = childPath(target.folder.path, target.name);
    if (target.renamed && this.#renamed.has(path)) this.#warnOfSeveral(path);
    if (target.renamed) this.#renamed.add(path);
    placeFile(workspace, target.folder, target.name, inode, source);
  }

  #warnOfSeveral(path: string): void {
    if (this.#warnings.some(({ code }) => code === "several-sources-to-file")) return;
    this.#warnings.push(severalSourcesToFile(path));
  }

  /** Unpacks what is an archive; false for everything else. */
  async #unpacked(
    source: string,
    content: FileContent,
    { unpack: wanted, openArchive }: { readonly unpack: boolean; readonly openArchive?: OpenArchive },
  ): Promise<boolean> {
    const entries = wanted ? await openArchive?.(content) : undefined;
    if (entries === undefined) return false;
    const { workspace, owner, signal } = this.#options;
    const path = workspace.resolve(this.#destination.path);
    const target = workspace.makeFolders(path, { mode: 0o755, owner: owner ?? { uid: 0, gid: 0 } });
    await runSteps(unpack({ workspace, entries, target, owner, source }), signal);
    return true;
  }

  #attributes(ownerless: boolean): Attributes {
    const { owner, mode, request } = this.#options;
    return { owner, mode, ownerless, nowSeconds: request.nowSeconds };
  }
}

/** Of paths below the source: `--parents` includes, `--exclude` leaves out. Undefined when everything is copied. */
function filterOf({ include }: SourcePattern, { excludes }: PathsItem): PathFilter | undefined {
  const includes = include === undefined || include === "" ? [] : [include];
  if (includes.length === 0 && excludes.length === 0) return undefined;
  try {
    return new PathFilter(includes, excludes);
  } catch (error) {
    if (error instanceof PatternError) throw invalidPattern([...includes, ...excludes].join(" "), error.message);
    throw error;
  }
}
