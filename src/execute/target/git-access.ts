/** What of the environment lets nodes into git repositories that definitions are read from. */
import type { SecretEntry, SshEntry } from "../../buildfile/attributes/entries.ts";
import { isGitAddress, parseGitAddress } from "../../buildfile/git-address.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** The ids that daemons ask for; with `.HOST` behind them first. */
export const gitTokenSecret: string = "GIT_AUTH_TOKEN";
export const gitHeaderSecret: string = "GIT_AUTH_HEADER";

const variableName = /^BUILDX_BAKE_(GIT_AUTH_(?:TOKEN|HEADER))(\..+)?$/i;

/** `BUILDX_BAKE_GIT_AUTH_TOKEN` and `…_HEADER`, also for one host: `BUILDX_BAKE_GIT_AUTH_TOKEN.github.com`. */
export function gitSecrets(variables: Variables): readonly SecretEntry[] {
  return Object.entries(variables).flatMap(([env, value]) => {
    const [, kind, host = ""] = variableName.exec(env) ?? [];
    return kind === undefined || !value ? [] : [{ id: `${kind.toUpperCase()}${host}`, env }];
  });
}

/** The agent of `BUILDX_BAKE_GIT_SSH`, else of `SSH_AUTH_SOCK`, when the repository is reached over ssh. */
export function gitAgents(address: string, variables: Variables): readonly SshEntry[] {
  const git = isGitAddress(address) ? parseGitAddress(address) : undefined;
  if (git?.ok !== true || !git.value.overSsh) return [];
  const path = variables.BUILDX_BAKE_GIT_SSH;
  return [{ id: "default", paths: path ? [path] : [] }];
}
