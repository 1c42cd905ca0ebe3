/** The docker command line's stored contexts: names for engines, with their certificates. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { errnoCode, messageOf, TsbakeError } from "../../base/errors.ts";
import { isRecord, stringField } from "../../base/json-shape.ts";
import { didYouMean } from "../../base/suggest.ts";

export interface DockerContext {
  readonly name: string;
  /** `unix://…`, `tcp://…`, `ssh://…`; undefined for a context without a Docker endpoint. */
  readonly host: string | undefined;
  readonly skipTlsVerify: boolean;
  /** Where `ca.pem`, `cert.pem` and `key.pem` lie, each of them optional. */
  readonly tlsFolder: string;
}

/** Reads a context of the docker configuration folder. Throws a TsbakeError when there is none of that name. */
export async function loadDockerContext(configFolder: string, name: string): Promise<DockerContext> {
  const id = createHash("sha256").update(name).digest("hex");
  const path = join(configFolder, "contexts", "meta", id, "meta.json");
  const content = await readFile(path, "utf8").catch(async (error: unknown) => {
    if (errnoCode(error) === "ENOENT") throw await unknownContext(configFolder, name);
    throw unreadable(path, error);
  });
  return parseContext(content, name, path, join(configFolder, "contexts", "tls", id, "docker"));
}

/** The names of the stored contexts, sorted; `default` is not stored. Contexts that cannot be read are left out. */
export async function listDockerContexts(configFolder: string): Promise<readonly string[]> {
  const folder = join(configFolder, "contexts", "meta");
  const ids = await readdir(folder).catch(() => []);
  const names = await Promise.all(ids.slice(0, 1000).map((id) => readName(join(folder, id, "meta.json"))));
  return names.filter((name) => name !== undefined).sort();
}

async function readName(path: string): Promise<string | undefined> {
  try {
    return stringField(JSON.parse(await readFile(path, "utf8")), "Name");
  } catch {
    return undefined;
  }
}

function parseContext(content: string, name: string, path: string, tlsFolder: string): DockerContext {
  try {
    const meta: unknown = JSON.parse(content);
    const endpoints = isRecord(meta) ? meta.Endpoints : undefined;
    const docker = isRecord(endpoints) ? endpoints.docker : undefined;
    const skipTlsVerify = isRecord(docker) && docker.SkipTLSVerify === true;
    return { name, host: stringField(docker, "Host"), skipTlsVerify, tlsFolder };
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function unknownContext(configFolder: string, name: string): Promise<TsbakeError> {
  const known = [...(await listDockerContexts(configFolder)), "default"];
  return new TsbakeError("drivers/context-not-found", `there is no docker context ${JSON.stringify(name)}`, {
    hint: didYouMean(name, [...known, "embedded"]) ?? `known contexts: ${known.join(", ")}; embedded needs none`,
  });
}

function unreadable(path: string, error: unknown): TsbakeError {
  return new TsbakeError(
    "drivers/docker-config-unreadable",
    `cannot read the docker context ${path}: ${messageOf(error)}`,
    {
      cause: error,
    },
  );
}
