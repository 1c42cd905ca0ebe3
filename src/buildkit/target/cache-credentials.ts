/** What lets a node into the stores that caches are kept in, and is known on our side only. */
import { readFile } from "node:fs/promises";
import { errnoCode, messageOf } from "../../base/errors.ts";
import { type HostEnvironment, variable } from "../../base/host-environment.ts";
import type { CacheEntry } from "../../buildfile/attributes/entries.ts";

type Variables = Readonly<Record<string, string | undefined>>;

export interface CacheSurroundings {
  /** Those of the environment, with what AWS's files say of the profile where the environment says nothing. */
  readonly environment: Variables;
  readonly warnings: readonly string[];
}

/** Looks into AWS's files only when a cache needs them. */
export async function cacheSurroundings(
  entries: readonly CacheEntry[],
  host: HostEnvironment,
): Promise<CacheSurroundings> {
  const environment = host.variables;
  const plain = { environment, warnings: [] };
  if (!entries.some(({ type, attributes }) => type === "s3" && !isComplete(attributes))) return plain;
  const hasKeys = variable(host, "AWS_ACCESS_KEY_ID") && variable(host, "AWS_SECRET_ACCESS_KEY");
  const hasRegion = variable(host, "AWS_REGION") ?? variable(host, "AWS_DEFAULT_REGION");
  if (hasKeys && hasRegion) return plain;
  const { profile, warnings } = await readProfile(host);
  const get = (name: string): string | undefined => profile.get(name) || undefined;
  const keys = {
    AWS_ACCESS_KEY_ID: get("aws_access_key_id"),
    AWS_SECRET_ACCESS_KEY: get("aws_secret_access_key"),
    AWS_SESSION_TOKEN: get("aws_session_token"),
  };
  return {
    environment: {
      ...environment,
      ...(hasKeys ? {} : keys),
      ...(hasRegion ? {} : { AWS_REGION: get("region") }),
    },
    warnings,
  };
}

/** The attributes a cache of type s3 lacks. Keys go together: half of a pair is never mixed with another's. */
export function s3Access(given: ReadonlyMap<string, string>, environment: Variables): Variables {
  const region = environment.AWS_REGION || environment.AWS_DEFAULT_REGION;
  if (given.get("access_key_id") || given.get("secret_access_key")) return { region };
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = environment;
  return id && secret ? { region, access_key_id: id, secret_access_key: secret, session_token: token } : { region };
}

/** The attributes a cache of type azblob lacks: by BuildKit's own variables, else by those of Azure's tools. */
export function azureAccess(given: ReadonlyMap<string, string>, environment: Variables): Variables {
  const own = (name: string): string | undefined => environment[`BUILDKIT_AZURE_STORAGE_${name}`] || undefined;
  const account = environment.AZURE_STORAGE_ACCOUNT || undefined;
  const url = given.get("account_url") || own("ACCOUNT_URL") || (account && `https://${account}.blob.core.windows.net`);
  const name = given.get("account_name") || own("ACCOUNT_NAME");
  const key = environment.AZURE_STORAGE_KEY || undefined;
  return {
    account_url: url,
    account_name: name,
    container: own("CONTAINER"),
    secret_access_key: own("SECRET_ACCESS_KEY") ?? (account === (name ?? accountOf(url)) ? key : undefined),
  };
}

/** Values of these are never shown. */
export const secretAttributes: ReadonlySet<string> = new Set([
  "token",
  "ghtoken",
  "secret_access_key",
  "session_token",
]);

function isComplete(attributes: ReadonlyMap<string, string>): boolean {
  return ["access_key_id", "secret_access_key", "region"].every((name) => attributes.get(name));
}

/** The first part of the host. */
function accountOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).hostname.split(".")[0] : undefined;
}

interface Profile {
  readonly profile: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
}

/** The credentials file comes before the other; both may say something of a profile. */
async function readProfile(host: HostEnvironment): Promise<Profile> {
  const name = variable(host, "AWS_PROFILE") ?? variable(host, "AWS_DEFAULT_PROFILE") ?? "default";
  const folder = `${host.homeFolder}/.aws`;
  const files = [
    { path: variable(host, "AWS_CONFIG_FILE") ?? `${folder}/config`, sections: [`profile ${name}`, name] },
    { path: variable(host, "AWS_SHARED_CREDENTIALS_FILE") ?? `${folder}/credentials`, sections: [name] },
  ];
  const profile = new Map<string, string>();
  const warnings: string[] = [];
  for (const { path, sections } of files) {
    try {
      const found = iniSections(await readFile(path, "utf8"));
      for (const section of sections) for (const [key, value] of found.get(section) ?? []) profile.set(key, value);
    } catch (error) {
      if (errnoCode(error) !== "ENOENT") warnings.push(`${path} cannot be read: ${messageOf(error)}`);
    }
  }
  const elsewhere = ["role_arn", "sso_session", "sso_start_url", "credential_process"].find((key) => profile.has(key));
  if (elsewhere !== undefined && !profile.has("aws_access_key_id")) {
    warnings.push(
      `the AWS profile ${JSON.stringify(name)} gets its keys by ${elsewhere}, which is not followed: run eval "$(aws configure export-credentials --format env)" first`,
    );
  }
  return { profile, warnings };
}

function iniSections(text: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let current = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[\s*([^\]]*?)\s*\]/.exec(line)?.[1];
    if (header !== undefined) {
      const name = header.replace(/\s+/g, " ");
      current = sections.get(name) ?? new Map<string, string>();
      sections.set(name, current);
      continue;
    }
    // What is indented belongs to the setting above.
    const [, key, value = ""] = /^([^\s=#;][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined) current.set(key.toLowerCase(), value);
  }
  return sections;
}
