/** Finds and reads the build files (spec bake-language, sections 2.1 and 2.2). */
import { readFileSync, statSync } from "node:fs";
import { basename, delimiter, isAbsolute, join } from "node:path";
import type { Diagnostic } from "../base/diagnostic.ts";
import { errnoCode, messageOf } from "../base/errors.ts";
import type { Source } from "../base/span.ts";
import { didYouMean } from "../base/suggest.ts";
import { defaultFileNames, discoverFiles } from "../buildfile/discover.ts";

export interface ReadFiles {
  readonly sources: readonly Source[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface FileRequest {
  /** As given with `-f`; empty: those of the environment, else of the working folder. */
  readonly files: readonly string[];
  readonly workingFolder: string;
  readonly environment: ReadonlyMap<string, string>;
}

const standardInput = "-";
/** Names of files may say explicitly that they are local. */
export const localPrefix: string = "cwd://";
export const dockerfileNames: readonly string[] = ["Dockerfile", "dockerfile"];
/** What a folder with a Dockerfile and no build file means. */
export const dockerfileAlone: Source = { name: "<Dockerfile>", text: 'target "default" {}\n' };
/** A build file is read whole; more than this is not one. */
const largestFileBytes = 64 * 1024 * 1024;

/**
 * The texts in the order in which they count. A folder with a Dockerfile and no build file has one target for it. A file that cannot be read is a diagnostic;
 * no file at all is none.
 */
export function readBuildFiles(request: FileRequest): ReadFiles {
  const { workingFolder } = request;
  const named = namedFiles(request);
  if (named.length > 0) return readNamed(named, workingFolder);
  const found = discoverFiles(new Set(defaultFileNames.filter((name) => hasContent(join(workingFolder, name)))));
  if (found.files.length === 0 && dockerfileNames.some((name) => hasContent(join(workingFolder, name)))) {
    return { sources: [dockerfileAlone], diagnostics: [] };
  }
  const { sources, diagnostics } = readNamed(found.files, workingFolder);
  return { sources, diagnostics: [...diagnostics, ...found.leftOut.map((name) => leftOut(name, found.files))] };
}

/** With `-f`, else by the environment; empty: to be looked for. */
export function namedFiles({ files, environment }: FileRequest): readonly string[] {
  if (files.length > 0) return files;
  const listed = environment.get("BUILDX_BAKE_FILE") ?? "";
  if (listed === "") return [];
  const separator = environment.get("BUILDX_BAKE_PATH_SEPARATOR") || delimiter;
  return listed.split(separator).flatMap((part) => part.trim() || []);
}

export function readNamed(names: readonly string[], workingFolder: string): ReadFiles {
  const sources: Source[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const name of names) {
    const path = name.startsWith(localPrefix) ? name.slice(localPrefix.length) : name;
    try {
      sources.push(readSource(path, workingFolder));
    } catch (error) {
      diagnostics.push(unreadable(path, error));
    }
  }
  return { sources, diagnostics };
}

/** Throws what the file system throws, and for what cannot be a build file. */
export function readSource(path: string, workingFolder: string): Source {
  if (path === standardInput) return { name: "<stdin>", text: decode(readFileSync(0)) };
  const absolute = isAbsolute(path) ? path : join(workingFolder, path);
  if (statSync(absolute).size > largestFileBytes) throw new Error("it is larger than 64 MiB, which no build file is");
  return { name: path, text: decode(readFileSync(absolute)) };
}

/** Throws for what is no text. */
export function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error("it is not UTF-8 text");
  }
}

function unreadable(path: string, error: unknown): Diagnostic {
  const missing = errnoCode(error) === "ENOENT";
  return {
    code: missing ? "buildfile/file-not-found" : "buildfile/file-unreadable",
    severity: "error",
    message: missing
      ? `build file ${path} does not exist`
      : `build file ${path} cannot be read: ${whyUnreadable(error)}`,
    ...hintFor(path, missing),
  };
}

function whyUnreadable(error: unknown): string {
  return errnoCode(error) === "EISDIR" ? "it is a folder; name a file in it" : messageOf(error);
}

function hintFor(path: string, missing: boolean): { readonly hint?: string } {
  const near = missing ? didYouMean(basename(path), defaultFileNames) : undefined;
  return near === undefined ? {} : { hint: near };
}

export function leftOut(name: string, read: readonly string[]): Diagnostic {
  return {
    code: "buildfile/file-left-out",
    severity: "note",
    message: `${name} is not read, because ${read.join(" and ")} is here, which is all that bake would read`,
    hint: `name what you want: ${[...read, name].map((file) => `-f ${file}`).join(" ")}`,
  };
}

function hasContent(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true && stats.size > 0;
}
