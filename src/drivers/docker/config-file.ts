/** The parts of docker's config.json that concern reaching an engine and building on it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { errnoCode, messageOf, TsbakeError } from "../../base/errors.ts";
import { isRecord, stringEntries } from "../../base/json-shape.ts";

export interface DockerConfigFile {
  readonly currentContext?: string;
  /** Added to every call of the Engine API. */
  readonly httpHeaders: ReadonlyMap<string, string>;
  /** By daemon address, or `default`: build argument names to values. */
  readonly proxies: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

const proxyArguments: ReadonlyMap<string, string> = new Map([
  ["httpProxy", "HTTP_PROXY"],
  ["httpsProxy", "HTTPS_PROXY"],
  ["noProxy", "NO_PROXY"],
  ["ftpProxy", "FTP_PROXY"],
  ["allProxy", "ALL_PROXY"],
]);

/** Reads `config.json` in the folder; a missing file is an empty one. Throws a TsbakeError when it cannot be read or parsed. */
export async function loadDockerConfig(folder: string): Promise<DockerConfigFile> {
  const path = join(folder, "config.json");
  const content = await readConfig(path);
  const headers = isRecord(content.HttpHeaders) ? stringEntries(content.HttpHeaders) : [];
  const proxies = isRecord(content.proxies) ? Object.entries(content.proxies) : [];
  return {
    ...(typeof content.currentContext === "string" ? { currentContext: content.currentContext } : {}),
    httpHeaders: new Map(headers),
    proxies: new Map(proxies.flatMap(([host, value]) => (isRecord(value) ? [[host, toArguments(value)]] : []))),
  };
}

/** The proxy build arguments for an engine's address. */
export function proxyBuildArguments(config: DockerConfigFile, dockerHost: string): ReadonlyMap<string, string> {
  return config.proxies.get(dockerHost) ?? config.proxies.get("default") ?? new Map();
}

function toArguments(value: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const found = stringEntries(value).flatMap(([key, text]): [string, string][] => {
    const name = proxyArguments.get(key);
    return name === undefined || text === "" ? [] : [[name, text]];
  });
  return new Map(found);
}

async function readConfig(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const content: unknown = JSON.parse(await readFile(path, "utf8"));
    if (isRecord(content)) return content;
    throw new SyntaxError("it is not a JSON object");
  } catch (error) {
    if (errnoCode(error) === "ENOENT") return {};
    throw new TsbakeError(
      "drivers/docker-config-unreadable",
      `cannot read docker's configuration ${path}: ${messageOf(error)}`,
      {
        hint: "repair the file, or set DOCKER_CONFIG to another folder",
        cause: error,
      },
    );
  }
}
