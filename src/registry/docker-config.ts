/** What docker's config.json says of registries. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { errnoCode, messageOf, TsbakeError } from "../base/errors.ts";

/** An entry of `auths`. Empty values are left out. */
export interface DockerAuth {
  readonly username?: string;
  readonly password?: string;
  readonly identityToken?: string;
  readonly registryToken?: string;
}

export interface DockerConfig {
  readonly auths: ReadonlyMap<string, DockerAuth>;
  /** Helpers (`osxkeychain`) by host. */
  readonly credHelpers: ReadonlyMap<string, string>;
  readonly credsStore: string | undefined;
}

/** A config that is not there is an empty one. Throws a TsbakeError for one that cannot be read or understood. */
export function readDockerConfig(folder: string): Promise<DockerConfig> {
  return readAuthFile(join(folder, "config.json"));
}

/** A file of that form by another name, as podman has one. */
export async function readAuthFile(path: string): Promise<DockerConfig> {
  const config = parseObject(await readText(path), path);
  const helpers = [...entriesOf(config.credHelpers)].flatMap(([host, name]) =>
    typeof name === "string" && name !== "" ? [[host, name] as const] : [],
  );
  return { auths: authsOf(config), credHelpers: new Map(helpers), credsStore: textOf(config.credsStore) };
}

/** Reads the `auths` of JSON text; `source` names it in errors. */
export function parseAuths(text: string, source: string): ReadonlyMap<string, DockerAuth> {
  return authsOf(parseObject(text, source));
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = errnoCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return "{}";
    throw unusable(path, messageOf(error), error);
  }
}

type JsonObject = Readonly<Record<string, unknown>>;

function parseObject(text: string, source: string): JsonObject {
  const trimmed = text.replace(/^\ufeff/, "").trim();
  if (trimmed === "") return {};
  try {
    const value: unknown = JSON.parse(trimmed);
    if (isObject(value)) return value;
  } catch {
    // JSON.parse quotes the text around the fault, which may be a password.
  }
  throw unusable(source, "it is not a JSON object");
}

function authsOf(config: JsonObject): ReadonlyMap<string, DockerAuth> {
  return new Map(entriesOf(config.auths).flatMap(([key, value]) => (isObject(value) ? [[key, authOf(value)]] : [])));
}

function authOf(entry: JsonObject): DockerAuth {
  const basic = parseBasic(textOf(entry.auth));
  const username = basic?.username ?? textOf(entry.username);
  const password = basic?.password ?? textOf(entry.password);
  const identityToken = textOf(entry.identitytoken);
  const registryToken = textOf(entry.registrytoken);
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(identityToken === undefined ? {} : { identityToken }),
    ...(registryToken === undefined ? {} : { registryToken }),
  };
}

/** `user:password` in base64; a password may hold colons. */
function parseBasic(auth: string | undefined): { readonly username: string; readonly password: string } | undefined {
  if (auth === undefined) return undefined;
  const text = Buffer.from(auth, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon <= 0) return undefined;
  return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, "") };
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return isObject(value) ? Object.entries(value) : [];
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function unusable(source: string, why: string, cause?: unknown): TsbakeError {
  return new TsbakeError("registry/bad-config", `registry credentials cannot be read from ${source}: ${why}`, {
    hint: "Correct it, or point DOCKER_CONFIG to a folder with another config.json.",
    cause,
  });
}
