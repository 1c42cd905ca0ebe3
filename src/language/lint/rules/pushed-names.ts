/** Names under which nobody but Docker can push. */
import type { Diagnostic } from "../../../base/diagnostic.ts";
import { imageNames, pushes } from "../../../plan/check/outputs.ts";
import type { Plan } from "../../../plan/plan.ts";
import { spanOf } from "../../../plan/problem.ts";
import { lintProblem } from "../lint-problems.ts";

/** `app`, `app:1`, `library/app`, `docker.io/app`. */
const inLibrary = /^(?:(?:index\.)?docker\.io\/)?(?:library\/)?[^/]+$/;

export function findUnqualifiedPushes({ targets }: Plan): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const told = new Set<string>();
  for (const target of targets.values()) {
    const pushed = target.linkedOnly ? [] : target.output.filter(pushes);
    for (const name of new Set(pushed.flatMap((output) => imageNames(output, target)))) {
      if (!inLibrary.test(name)) continue;
      const span = spanOf(target.settings.tags?.origin ?? target.settings.output?.origin);
      // The cells of a matrix, and heirs, say it in one place.
      const said = JSON.stringify([name, span?.source.name, span?.start]);
      if (told.has(said)) continue;
      told.add(said);
      found.push(
        lintProblem("lint/unqualified-push", {
          message: `${JSON.stringify(target.name)} is pushed as ${JSON.stringify(name)}, which is in Docker Hub's own library`,
          span,
          hint: `name the registry or the owner: ghcr.io/OWNER/${name}, OWNER/${name}`,
        }),
      );
    }
  }
  return found;
}
