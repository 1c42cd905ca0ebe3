/** Secrets that are handed over as build arguments. */
import type { Diagnostic } from "../../../base/diagnostic.ts";
import type { Plan } from "../../../plan/plan.ts";
import { spanOf } from "../../../plan/problem.ts";
import { lintProblem } from "../lint-problems.ts";

const secretWords =
  /(?:^|[_-])(?:password|passwd|pword|passphrase|secret|token|api_?key|private_?key|access_?key|credentials?)(?:$|[_-])/i;
const publicWords = /(?:^|[_-])(?:public|id|name|file|path|url)(?:$|[_-])/i;

export function findSecretArguments({ targets }: Plan): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const { settings } of targets.values()) {
    for (const [name, { value, origin }] of settings.args ?? []) {
      if (!secretWords.test(name) || publicWords.test(name) || value === "") continue;
      found.push(
        lintProblem("lint/secret-in-args", {
          message: `the build argument ${JSON.stringify(name)} looks like a secret, and arguments can be read from the image`,
          span: spanOf(origin),
          hint: `write secret = ["id=${name.toLowerCase()},env=${name}"], and in the Dockerfile: RUN --mount=type=secret,id=${name.toLowerCase()} …`,
        }),
      );
    }
  }
  return found;
}
