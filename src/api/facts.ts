/** The facts a plan is checked against, from the real file system. */
import { readdirSync, readFileSync, type Stats, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Facts, FileFacts } from "../plan/request.ts";
import { environmentOf, localPlatform, type Surroundings, workingFolderOf } from "./surroundings.ts";

export function readFacts(surroundings: Surroundings): Facts {
  const workingFolder = workingFolderOf(surroundings);
  return {
    environment: environmentOf(surroundings),
    workingFolder: workingFolder.replaceAll("\\", "/"),
    localPlatform: localPlatform(),
    stdoutIsTerminal: process.stdout.isTTY === true,
    look: (path) => look(resolve(workingFolder, path)),
    list: (path) => list(resolve(workingFolder, path)),
    readText: (path) => readText(resolve(workingFolder, path)),
  };
}

function look(path: string): FileFacts | undefined {
  try {
    const stats = statSync(path);
    return { kind: kindOf(stats), sizeBytes: stats.size };
  } catch {
    return undefined;
  }
}

function kindOf(stats: Stats): FileFacts["kind"] {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "folder";
  return stats.isSocket() ? "socket" : "other";
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
