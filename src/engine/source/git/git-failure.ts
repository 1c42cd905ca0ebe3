/** What git says when it fails, in words for who builds. */
import { manyRetries } from "../../../registry/http/http-error.ts";
import { Transient } from "../../../registry/retry.ts";
import { gitFailed } from "../problems.ts";
import type { GitEnd } from "./git-command.ts";

const passing =
  /Could not resolve host|timed out|Connection reset|Connection refused|early EOF|RPC failed|remote end hung up|unexpected disconnect|returned error: (?:408|429|5\d\d)|transfer closed/i;
const forbidden =
  /Authentication failed|could not read (?:Username|Password)|returned error: 40[13]|Permission denied|Host key verification failed|terminal prompts disabled/i;
const missing = /returned error: 404|not found|does not appear to be a git repository|not a git repository/i;

/** A Transient for what another try may heal. */
export function failureOf(address: string, { stderr, code }: GitEnd): Error {
  const words = stderr
    .split("\n")
    .map((line) => line.replace(/^(?:fatal|error|remote|warning): /, "").trim())
    .filter((line) => line !== "");
  const why = words.slice(-3).join("; ").slice(0, 500) || `git ended with ${code}`;
  if (forbidden.test(stderr)) {
    return gitFailed(address, why, {
      hint: "For a private repository give the secret GIT_AUTH_TOKEN, or for ssh an agent (--ssh default).",
    });
  }
  if (passing.test(stderr)) {
    const failure = gitFailed(address, why, { retryable: true });
    return new Transient(failure, /Could not resolve host|Connection refused/i.test(stderr) ? 1 : manyRetries);
  }
  if (missing.test(stderr)) {
    return gitFailed(address, why, {
      hint: "See whether the repository is there; a private one may hide from strangers.",
    });
  }
  return gitFailed(address, why);
}
