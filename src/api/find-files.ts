/** Finds the files that a pattern of paths matches. */
import { type Dirent, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { compareBytes } from "../base/text.ts";
import { compilePattern } from "../plan/match-pattern.ts";

export type FoundFiles =
  | { readonly kind: "found"; readonly paths: readonly string[] }
  | { readonly kind: "broken-pattern" }
  /** More folders were read than any project has. */
  | { readonly kind: "too-many" };

const mostFolders = 50_000;

/** `*`, `?`, `[a-z]`, `[^a]` and `\x` stand for parts of one name, `**` for any number of folders. */
export function isPathPattern(path: string): boolean {
  return /[*?[\\]/.test(path);
}

/**
 * Paths of files seen from `folder` (absolute), sorted by their bytes. Names that begin with a dot are matched only where the pattern has
 * the dot; `**` does not follow symbolic links. Folders that cannot be read match nothing.
 */
export function findFiles(pattern: string, folder: string): FoundFiles {
  const parts = pattern.split("/").filter((part, i, all) => !(part === "**" && all[i - 1] === "**"));
  const tests = parts.map((part) => (part === "**" || !isPathPattern(part) ? undefined : compilePattern(part)));
  if (parts.some((part, i) => part !== "**" && isPathPattern(part) && tests[i] === undefined)) {
    return { kind: "broken-pattern" };
  }
  const search = new Search(folder, parts, tests);
  return search.run();
}

/** What a part of the pattern wants of a name; undefined for parts that are names themselves, and for `**`. */
type NameTest = ((name: string) => boolean) | undefined;

class Search {
  readonly #root: string;
  readonly #parts: readonly string[];
  readonly #tests: readonly NameTest[];
  readonly #found = new Set<string>();
  readonly #listings = new Map<string, readonly Dirent[]>();
  /** Folders with the part they are tried against; each once. */
  readonly #seen = new Set<string>();

  constructor(root: string, parts: readonly string[], tests: readonly NameTest[]) {
    this.#root = root;
    this.#parts = parts;
    this.#tests = tests;
  }

  run(): FoundFiles {
    const start = this.#parts[0] === "" ? { path: "/", part: 1 } : { path: "", part: 0 };
    const open = [start];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (this.#listings.size > mostFolders) return { kind: "too-many" };
      open.push(...this.#step(at));
    }
    return { kind: "found", paths: [...this.#found].sort(compareBytes) };
  }

  #step({ path, part }: { readonly path: string; readonly part: number }): { path: string; part: number }[] {
    const key = `${part} ${path}`;
    if (this.#seen.has(key)) return [];
    this.#seen.add(key);
    const pattern = this.#parts[part];
    if (pattern === undefined) return [];
    const isLast = part === this.#parts.length - 1;
    if (pattern === "**") {
      const deeper = this.#list(path).filter((entry) => entry.isDirectory() && !isHidden(entry.name));
      if (isLast) this.#addFiles(path, (name) => !isHidden(name));
      const below = deeper.map(({ name }) => ({ path: join(path, name), part }));
      return isLast ? below : [{ path, part: part + 1 }, ...below];
    }
    const matches = this.#tests[part];
    if (matches === undefined) {
      const next = join(path, pattern);
      if (!isLast) return [{ path: next, part: part + 1 }];
      if (this.#isKind(next, "file")) this.#found.add(next);
      return [];
    }
    const fits = (name: string): boolean => matches(name) && (!isHidden(name) || pattern.startsWith("."));
    if (isLast) {
      this.#addFiles(path, fits);
      return [];
    }
    return this.#list(path)
      .filter(({ name }) => fits(name))
      .map(({ name }) => ({ path: join(path, name), part: part + 1 }))
      .filter((next) => this.#isKind(next.path, "folder"));
  }

  #addFiles(path: string, fits: (name: string) => boolean): void {
    for (const entry of this.#list(path)) {
      if (!fits(entry.name)) continue;
      const file = join(path, entry.name);
      if (entry.isFile() || (entry.isSymbolicLink() && this.#isKind(file, "file"))) this.#found.add(file);
    }
  }

  #list(path: string): readonly Dirent[] {
    const known = this.#listings.get(path);
    if (known) return known;
    const listing = listFolder(resolve(this.#root, path));
    this.#listings.set(path, listing);
    return listing;
  }

  #isKind(path: string, kind: "file" | "folder"): boolean {
    try {
      const stats = statSync(resolve(this.#root, path));
      return kind === "file" ? stats.isFile() : stats.isDirectory();
    } catch {
      return false;
    }
  }
}

function listFolder(path: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}

function isHidden(name: string): boolean {
  return name.startsWith(".");
}
