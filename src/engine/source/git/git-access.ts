/** What lets git in: tokens and headers of secrets, users in addresses. */
import type { GitAddress } from "../../../buildfile/git-address.ts";

/** A secret's value by its id; undefined when it is not given. */
export type GitSecrets = (id: string) => Promise<string | undefined>;

export interface GitAccess {
  /** Without its password. */
  readonly address: GitAddress;
  readonly configuration: readonly (readonly [name: string, value: string])[];
}

/** `GIT_AUTH_HEADER` before `GIT_AUTH_TOKEN`, each for this host before any. They are sent to the host of the address and no other. */
export async function gitAccess(address: GitAddress, secret: GitSecrets): Promise<GitAccess> {
  if (!/^https?:\/\//.test(address.url)) return { address, configuration: [] };
  const url = new URL(address.url);
  const { username, password, host, hostname } = url;
  url.username = "";
  url.password = "";
  const bare: GitAddress = { ...address, url: url.href };
  const authorization =
    (await authorizationBySecret(host, hostname, secret)) ?? authorizationByUser(username, password);
  if (authorization === undefined) return { address: bare, configuration: [] };
  return { address: bare, configuration: [[`http.${url.origin}/.extraHeader`, `Authorization: ${authorization}`]] };
}

async function authorizationBySecret(host: string, hostname: string, secret: GitSecrets): Promise<string | undefined> {
  const names = [...new Set([`.${host}`, `.${hostname}`, ""])];
  for (const name of names) {
    const header = (await secret(`GIT_AUTH_HEADER${name}`))?.trim();
    if (header) return header.replace(/[\r\n]+/g, " ");
    const token = (await secret(`GIT_AUTH_TOKEN${name}`))?.trim();
    if (token) return basic("x-access-token", token);
  }
  return undefined;
}

function authorizationByUser(username: string, password: string): string | undefined {
  return username === "" ? undefined : basic(decodeURIComponent(username), decodeURIComponent(password));
}

function basic(username: string, password: string): string {
  return `basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
