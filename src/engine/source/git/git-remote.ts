/** What a ref of a repository stands for, asked of its server. */
import type { GitAddress } from "../../../buildfile/git-address.ts";
import { gitFailed } from "../problems.ts";
import type { Git, GitCall } from "./git-command.ts";
import { failureOf } from "./git-failure.ts";

export interface RemoteRef {
  /** By which it is fetched: `refs/heads/main`, or a commit. */
  readonly name: string;
  readonly commit: string;
  /** Of an annotated tag: the tag itself. */
  readonly tag?: string;
}

const fullCommit = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
const partOfCommit = /^[0-9a-f]{4,39}$/;

export function isCommit(text: string): boolean {
  return fullCommit.test(text);
}

/**
 * Undefined when there is no such ref but it may be the beginning of a commit. Of a branch and a tag of the same name, the branch is meant.
 * Rejects with a TsbakeError, or a Transient.
 */
export async function findRef(git: Git, { url, ref }: GitAddress, call: GitCall): Promise<RemoteRef | undefined> {
  if (ref.startsWith("-")) throw gitFailed(url, `${JSON.stringify(ref)} is no ref`);
  const patterns = ref === "" ? ["HEAD"] : namesOf(ref).flatMap((name) => [name, `${name}^{}`]);
  const end = await git(["ls-remote", "--", url, ...patterns], call);
  if (end.code !== 0) throw failureOf(url, end);
  const refs = new Map(
    end.stdout.split("\n").flatMap((line): [string, string][] => {
      const [commit = "", name = ""] = line.split("\t");
      return isCommit(commit) && name !== "" ? [[name, commit]] : [];
    }),
  );
  for (const name of ref === "" ? ["HEAD"] : namesOf(ref)) {
    const found = refs.get(name);
    if (found === undefined) continue;
    const peeled = refs.get(`${name}^{}`);
    return peeled === undefined ? { name, commit: found } : { name, commit: peeled, tag: found };
  }
  if (partOfCommit.test(ref)) return undefined;
  throw gitFailed(url, ref === "" ? "it has no branch checked out" : `it has no ref ${JSON.stringify(ref)}`, {
    hint: "See whether the branch, tag or commit after # is there.",
  });
}

/** In the order in which they are taken. */
function namesOf(ref: string): readonly string[] {
  return ref.startsWith("refs/") ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`, `refs/${ref}`];
}
