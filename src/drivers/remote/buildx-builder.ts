/** Builders that were made with `docker buildx create --driver remote`: read where buildx keeps them, never written. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { errnoCode, messageOf, TsbakeError } from "../../base/errors.ts";
import { dockerConfigFolder, type HostEnvironment, variable } from "../../base/host-environment.ts";
import { isRecord } from "../../base/json-shape.ts";
import { formatPlatform, normalisePlatform } from "../../oci/platform.ts";
import type { NodeConfiguration } from "../open-node.ts";

const builderName = /^[A-Za-z][A-Za-z0-9._-]*$/;

/** Undefined when buildx knows no builder of the name. Rejects with a TsbakeError for one that cannot be used from here. */
export async function readBuildxBuilder(
  name: string,
  environment: HostEnvironment,
): Promise<readonly NodeConfiguration[] | undefined> {
  if (!builderName.test(name)) return undefined;
  const folder = variable(environment, "BUILDX_CONFIG") ?? join(dockerConfigFolder(environment), "buildx");
  const path = join(folder, "instances", name.toLowerCase());
  try {
    return nodesOf(name, JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if (error instanceof TsbakeError) throw error;
    if (errnoCode(error) === "ENOENT" || errnoCode(error) === "ENOTDIR") return undefined;
    throw new TsbakeError(
      "drivers/bad-builder",
      `the builder ${name} cannot be read from ${path}: ${messageOf(error)}`,
      {
        hint: "make it anew with docker buildx create, or name its addresses with --builder ADDRESS,ADDRESS",
        cause: error,
      },
    );
  }
}

function nodesOf(name: string, document: unknown): readonly NodeConfiguration[] {
  if (!isRecord(document) || !Array.isArray(document.Nodes)) throw new Error("it has no nodes");
  if (document.Driver !== "remote") {
    throw new TsbakeError(
      "drivers/unknown-driver",
      `the builder ${name} of buildx has the driver ${JSON.stringify(document.Driver)}, which tsbake cannot use`,
      { hint: "builders of the driver remote can be used, docker contexts, and addresses of BuildKit daemons" },
    );
  }
  const nodes = document.Nodes.filter(isRecord);
  if (nodes.length === 0) throw new Error("it has no nodes");
  return nodes.map((node, index) => {
    const platforms = platformsOf(node.Platforms);
    if (typeof node.Endpoint !== "string" || node.Endpoint === "") throw new Error("a node of it has no endpoint");
    return {
      driver: "remote",
      name: typeof node.Name === "string" && builderName.test(node.Name) ? node.Name : `${name}${index}`,
      endpoint: node.Endpoint,
      options: new Map(
        Object.entries(isRecord(node.DriverOpts) ? node.DriverOpts : {}).map(([key, each]) => [key, String(each)]),
      ),
      ...(platforms.length === 0 ? {} : { platforms }),
    };
  });
}

function platformsOf(value: unknown): readonly string[] {
  const texts = (Array.isArray(value) ? value.filter(isRecord) : []).flatMap(({ os, architecture, variant }) => {
    if (typeof os !== "string" || typeof architecture !== "string") return [];
    const named = typeof variant === "string" && variant !== "" ? { variant } : {};
    return [formatPlatform(normalisePlatform({ os, architecture, ...named }))];
  });
  return [...new Set(texts)];
}
