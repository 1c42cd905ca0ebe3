/** Where a target has from what it hands to its steps: as its `secret` and `ssh` say it, and where their relative paths start. */
import type { SecretEntry, SshEntry } from "../../buildfile/attributes/entries.ts";
import { isGitAddress, parseGitAddress } from "../../buildfile/git-address.ts";
import { gitHeaderSecret, gitTokenSecret } from "../../execute/target/git-access.ts";
import type { Grants } from "../graph/grants.ts";

export interface Given {
  /** By their ids, as agents are. */
  readonly secrets: ReadonlyMap<string, SecretEntry>;
  readonly agents: ReadonlyMap<string, SshEntry>;
  readonly workingFolder: string;
}

export function targetGrants({ secrets, agents, workingFolder }: Given): Grants {
  const sourceOf = ({ id, src, env }: SecretEntry): readonly unknown[] => [id, src ?? null, env ?? null];
  const grant = (source: readonly unknown[]): string => JSON.stringify([workingFolder, ...source]);
  const agent = (id: string): string | undefined => {
    const found = agents.get(id);
    return found && grant(found.paths);
  };
  const forGit = [...secrets.values()].filter(({ id }) => gitSecret.test(id)).map(sourceOf);
  return {
    secret: (id) => {
      const found = secrets.get(id);
      return found && grant(sourceOf(found));
    },
    agent,
    repository: (address) => {
      const git = isGitAddress(address) ? parseGitAddress(address) : undefined;
      if (git?.ok !== true) return undefined;
      if (git.value.overSsh) return agent("default");
      return forGit.length === 0 ? undefined : grant(forGit.sort());
    },
  };
}

const gitSecret = new RegExp(`^(?:${gitHeaderSecret}|${gitTokenSecret})(?:\\.|$)`);
