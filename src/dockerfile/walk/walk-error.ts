/** What ends a walk: the build would end there as well. */
import type { Span } from "../../base/span.ts";

export class WalkError extends Error {
  readonly span: Span;

  constructor(message: string, span: Span) {
    super(message);
    this.span = span;
  }
}
