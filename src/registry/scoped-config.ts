/**
 * Buildx's tree of configurations for single repositories and rights: `config/<host>[/<repository>][@<action>,…]/config.json` in its folder.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { errnoCode } from "../base/errors.ts";
import { dockerConfigFolder, type HostEnvironment, variable } from "../base/host-environment.ts";
import { splitScope } from "./access/scope.ts";

/**
 * The folder of the configuration that suits a request for one repository best: one of the repository before one of its host, then the one
 * that names most of the rights asked for, none beyond them. Undefined when there is none, or several repositories are asked for.
 */
export async function findScopedConfig(
  environment: HostEnvironment,
  host: string,
  scopes: readonly string[],
): Promise<string | undefined> {
  const [first, ...others] = scopes.map(splitScope).filter(({ type }) => type === "repository");
  if (first === undefined || others.length > 0 || !isSafe(first.name) || !isSafe(host)) return undefined;
  const root = join(
    variable(environment, "BUILDX_CONFIG") ?? join(dockerConfigFolder(environment), "buildx"),
    "config",
  );
  const path = [host, ...first.name.split("/")];
  return (await bestIn(root, path, first.actions)) ?? (await bestIn(root, [host], first.actions));
}

async function bestIn(root: string, path: readonly string[], actions: readonly string[]): Promise<string | undefined> {
  const parent = join(root, ...path.slice(0, -1));
  const last = path[path.length - 1] ?? "";
  const found = (await listFolder(parent)).flatMap((name) => {
    const [before, named] = name.split("@", 2);
    const wanted = named?.split(",") ?? [];
    return before === last && wanted.every((action) => actions.includes(action))
      ? [{ name, count: wanted.length }]
      : [];
  });
  for (const { name } of found.sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))) {
    const folder = join(parent, name);
    if ((await listFolder(folder)).includes("config.json")) return folder;
  }
  return undefined;
}

/** Names come from references, and from registries that demand a scope. */
function isSafe(name: string): boolean {
  return (
    name !== "" && name.split("/").every((part) => part !== "" && part !== "." && part !== ".." && !part.includes("\\"))
  );
}

async function listFolder(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES"].includes(errnoCode(error) ?? "")) return [];
    throw error;
  }
}
