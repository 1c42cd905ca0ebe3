/** Reads the files that build files include (docs/includes.md). */
import { readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { type Checked, DiagnosticList, type RelatedPlace } from "../base/diagnostic.ts";
import { messageOf } from "../base/errors.ts";
import type { Source } from "../base/span.ts";
import { didYouMean } from "../base/suggest.ts";
import { isRemoteContext } from "../buildfile/attributes/context.ts";
import type { SyntaxFile } from "../buildfile/hcl/syntax.ts";
import { type IncludePattern, includeAttribute, includesOf } from "../buildfile/include/include-list.ts";
import { includeProblem } from "../buildfile/include/problems.ts";
import { readSource } from "./build-files.ts";
import { findFiles, isPathPattern } from "./find-files.ts";

export interface IncludeOptions {
  readonly workingFolder: string;
  readonly parse: (source: Source) => Promise<Checked<SyntaxFile>>;
}

export interface FilesWithIncludes {
  /** What a file includes comes before it, so that it has the last word; each file once. */
  readonly files: readonly SyntaxFile[];
  /** Those that nobody named: their paths are relative to their folders. */
  readonly included: ReadonlySet<Source>;
}

/** A file that is read, with what it includes. */
interface Node {
  readonly path: string;
  readonly file: SyntaxFile;
  readonly includes: Node[];
}

interface Step {
  readonly node: Node;
  /** Where the next file of the trail is included. */
  readonly pattern?: IncludePattern;
}

const mostFiles = 2000;

/** `roots` are the files that were named or found; those among them that others include keep their place. */
export async function followIncludes(
  roots: readonly SyntaxFile[],
  options: IncludeOptions,
): Promise<Checked<FilesWithIncludes>> {
  if (roots.every((file) => includeAttribute(file) === undefined)) {
    return { value: { files: roots, included: new Set() }, diagnostics: [] };
  }
  const inclusion = new Inclusion(roots, options);
  await inclusion.read();
  return { value: inclusion.inOrder(), diagnostics: inclusion.report.items };
}

class Inclusion {
  readonly report: DiagnosticList = new DiagnosticList();
  readonly #roots: readonly Node[];
  readonly #options: IncludeOptions;
  readonly #files: readonly SyntaxFile[];
  /** Files by their real path; undefined for what could not be read. */
  readonly #nodes = new Map<string, Node | undefined>();
  readonly #finished = new Set<Node>();

  constructor(roots: readonly SyntaxFile[], options: IncludeOptions) {
    this.#options = options;
    this.#files = roots;
    this.#roots = roots.map((file) => ({ path: this.#realPath(file.source.name), file, includes: [] }));
    for (const root of this.#roots) this.#nodes.set(root.path, root);
  }

  async read(): Promise<void> {
    for (const root of this.#roots) await this.#visit([{ node: root }]);
  }

  inOrder(): FilesWithIncludes {
    const files: SyntaxFile[] = [];
    const placed = new Set(this.#roots.map(({ path }) => path));
    const included = new Set<Source>();
    const place = (node: Node): void => {
      for (const each of node.includes) {
        if (placed.has(each.path)) continue;
        placed.add(each.path);
        place(each);
        included.add(each.file.source);
        files.push(each.file);
      }
    };
    for (const root of this.#roots) {
      place(root);
      files.push(root.file);
    }
    return { files, included };
  }

  /** The last step of the trail is the file whose includes are read. */
  async #visit(trail: readonly Step[]): Promise<void> {
    const node = trail[trail.length - 1]?.node;
    if (node === undefined || this.#finished.has(node)) return;
    const patterns = includesOf(node.file, this.#files);
    this.report.addAll(patterns.diagnostics);
    for (const pattern of patterns.value) {
      for (const name of this.#resolve(pattern, node)) {
        const trailHere = [...trail.slice(0, -1), { node, pattern }];
        const next = await this.#include(name, pattern);
        if (next === undefined || node.includes.includes(next)) continue;
        // A pattern that matches the file it stands in means the others.
        if (next === node && isPathPattern(pattern.text)) continue;
        if (trailHere.some((step) => step.node === next)) {
          this.#reportCycle(trailHere, next);
          continue;
        }
        node.includes.push(next);
        await this.#visit([...trailHere, { node: next }]);
      }
    }
    this.#finished.add(node);
  }

  /** The names under which the matches of a pattern are shown: seen from the working folder, as the including file's is. */
  #resolve(pattern: IncludePattern, { file }: Node): readonly string[] {
    const { text } = pattern;
    const folder = dirname(file.source.name);
    const nameOf = (path: string): string => (isAbsolute(path) ? path : join(folder, path));
    if (isRemoteContext(text)) {
      this.#report("include-not-found", pattern, `${text} is an address, and only local files can be included`);
      return [];
    }
    if (!isPathPattern(text)) return [nameOf(text)];
    const found = findFiles(text, resolve(this.#options.workingFolder, folder));
    if (found.kind === "broken-pattern") {
      const hint = "a [ needs its ], and a \\ something behind it";
      this.#report("include-pattern", pattern, `the pattern ${text} is broken`, hint);
      return [];
    }
    if (found.kind === "too-many") {
      const hint = "begin the pattern with the folder that is meant";
      this.#report("include-limit", pattern, `the pattern ${text} leads into too many folders`, hint);
      return [];
    }
    if (found.paths.length === 0) {
      const where = folder === "." ? "" : ` in ${folder}`;
      this.#report("include-matches-nothing", pattern, `no file matches ${text}${where}`);
    }
    return found.paths.map(nameOf);
  }

  async #include(name: string, pattern: IncludePattern): Promise<Node | undefined> {
    const path = this.#realPath(name);
    if (this.#nodes.has(path)) return this.#nodes.get(path);
    this.#nodes.set(path, undefined);
    if (this.#nodes.size > mostFiles) {
      if (this.#nodes.size === mostFiles + 1) {
        this.#report("include-limit", pattern, `more than ${mostFiles} files are included`);
      }
      return undefined;
    }
    const source = this.#read(name, pattern);
    if (source === undefined) return undefined;
    const parsed = await this.#options.parse(source);
    this.report.addAll(parsed.diagnostics);
    const node: Node = { path, file: parsed.value, includes: [] };
    this.#nodes.set(path, node);
    return node;
  }

  #read(name: string, pattern: IncludePattern): Source | undefined {
    const stats = statSync(resolve(this.#options.workingFolder, name), { throwIfNoEntry: false });
    if (stats === undefined) {
      const near = didYouMean(basename(name), namesIn(resolve(this.#options.workingFolder, dirname(name))));
      this.#report("include-not-found", pattern, `the included file ${name} does not exist`, near);
      return undefined;
    }
    if (!stats.isFile()) {
      const hint = `write ${JSON.stringify(`${pattern.text.replace(/\/$/, "")}/docker-bake.hcl`)}, or whatever the file is called`;
      this.#report(
        "include-unreadable",
        pattern,
        `the included ${name} is no file`,
        stats.isDirectory() ? hint : undefined,
      );
      return undefined;
    }
    try {
      return readSource(name, this.#options.workingFolder);
    } catch (error) {
      this.#report("include-unreadable", pattern, `the included file ${name} cannot be read: ${messageOf(error)}`);
      return undefined;
    }
  }

  #report(
    code: "include-not-found" | "include-unreadable" | "include-pattern" | "include-limit" | "include-matches-nothing",
    { span }: IncludePattern,
    message: string,
    hint?: string,
  ): void {
    this.report.add(includeProblem(`buildfile/${code}`, { message, span, hint }));
  }

  #reportCycle(trail: readonly Step[], again: Node): void {
    const cycle = trail.slice(trail.findIndex(({ node }) => node === again));
    const names = [...cycle.map(({ node }) => node.file.source.name), again.file.source.name];
    const closing = cycle[cycle.length - 1]?.pattern;
    const related = cycle.slice(0, -1).flatMap(({ node, pattern }, i): readonly RelatedPlace[] => {
      const message = `${node.file.source.name} includes ${names[i + 1]}`;
      return pattern ? [{ message, span: pattern.span }] : [];
    });
    this.report.add(
      includeProblem("buildfile/include-cycle", {
        message:
          cycle.length === 1 ? `${names[0]} includes itself` : `build files include each other: ${names.join(" → ")}`,
        ...(closing && { span: closing.span }),
        related,
        hint:
          cycle.length === 1 ? "take it out" : "move what they share into a file of its own that each of them includes",
      }),
    );
  }

  #realPath(name: string): string {
    const path = resolve(this.#options.workingFolder, name);
    try {
      return realpathSync(path);
    } catch {
      return path;
    }
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
