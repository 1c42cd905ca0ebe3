/** Errors met while a step is done, as failures of the build that show the instruction. */

import { TsbakeError } from "../../base/errors.ts";
import type { Span } from "../../base/span.ts";
import { BuildFailure } from "../../execute/ports.ts";
import { excerptOf } from "../graph/problem.ts";

export interface Blamed {
  readonly span?: Span | undefined;
  readonly step?: { readonly digest: string; readonly name: string };
  /** A way out that only the place knows: it comes first. */
  readonly mayMean?: string | undefined;
}

/** Trouble with this machine, whatever is built on it. */
const ofTheMachine = /^engine\/(?:store-|cache-size|prune-|no-sandbox|sandbox-|no-zstd|no-git)/;

/**
 * What was not to be had (an image, a file, a repository) and what was wrong with it fail the build that wants it, at the place where it is
 * wanted. A machine that cannot build, bugs and the reasons of signals stay what they are.
 */
export function blame(error: unknown, { span, step, mayMean }: Blamed): unknown {
  const external = error instanceof TsbakeError && !ofTheMachine.test(error.code);
  if (!external && !(error instanceof BuildFailure)) return error;
  const { code, message, hint, retryable } = error;
  const own = error instanceof BuildFailure ? error : undefined;
  const excerpts =
    own !== undefined && own.excerpts.length > 0 ? own.excerpts : span === undefined ? [] : excerptOf(span);
  const hints = [mayMean, hint].filter((each) => each !== undefined);
  const failed = own?.step ?? step;
  return new BuildFailure(code, message, {
    excerpts,
    retryable,
    cause: own === undefined ? error : own.cause,
    ...(hints.length === 0 ? {} : { hint: hints.join(" ") }),
    ...(failed === undefined ? {} : { step: failed }),
  });
}
