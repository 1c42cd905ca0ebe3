/** Compose files among the build files: tells them apart and loads them. */
import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, relative, resolve } from "node:path";
import { type Checked, type Diagnostic, hasErrors } from "../base/diagnostic.ts";
import type { Source } from "../base/span.ts";
import { classify } from "../buildfile/classify.ts";
import type { ComposeInput } from "../buildfile/compose/files/compose-input.ts";
import type { ComposeDefinition } from "../buildfile/compose/load-compose.ts";
import { looksLikeCompose } from "../buildfile/compose/looks-like-compose.ts";

export interface ComposeOptions extends Omit<ComposeInput, "readFile" | "homeFolder" | "contextFolder"> {
  readonly workingFolder: string;
  /** `BUILDX_BAKE_FILE_RELATIVE_PATHS`. */
  readonly relativePaths: boolean;
}

/** A file that a compose file names is read whole; more than this is none. */
const largestFileBytes = 64 * 1024 * 1024;

/**
 * True when the name says so; when the name leaves it open, when the text loads as compose, or looks like it and is nothing
 * else (`loadsOtherwise`).
 */
export async function isCompose(
  source: Source,
  options: ComposeOptions,
  loadsOtherwise: () => Promise<boolean>,
): Promise<boolean> {
  const { attempts } = classify(source.name, source.text, looksLikeCompose);
  if (attempts[0] !== "compose") return false;
  if (attempts.length === 1) return true;
  const { diagnostics } = await loadComposeFiles([source], options);
  return !hasErrors(diagnostics) || !(await loadsOtherwise());
}

/** All compose files as one definition. */
export async function loadComposeFiles(
  files: readonly Source[],
  options: ComposeOptions,
): Promise<Checked<ComposeDefinition>> {
  if (files.length === 0) return { value: nothing, diagnostics: noDiagnostics };
  const { loadCompose } = await import("../buildfile/compose/load-compose.ts");
  const { workingFolder, relativePaths, environment } = options;
  const [first] = files;
  const folder = relativePaths && first && first.name !== "<stdin>" ? folderOf(first, workingFolder) : undefined;
  return loadCompose(files, {
    ...options,
    homeFolder: environment.get("HOME") ?? homedir(),
    ...(folder !== undefined && { contextFolder: folder }),
    readFile: (path) => readText(resolve(workingFolder, path)),
  });
}

const nothing: ComposeDefinition = { targets: new Map(), groups: new Map(), usedVariables: new Set() };
const noDiagnostics: readonly Diagnostic[] = [];

function folderOf({ name }: Source, workingFolder: string): string {
  return relative(workingFolder, dirname(resolve(workingFolder, name))) || ".";
}

function readText(path: string): string | undefined {
  try {
    const stats = statSync(path);
    return stats.isFile() && stats.size <= largestFileBytes ? readFileSync(path, "utf8") : undefined;
  } catch {
    return undefined;
  }
}
