/** Trouble with the world (no node, no registry, no disk), made at the boundary where it is met. */

export interface TsbakeErrorOptions {
  /** What to do about it, one sentence. */
  readonly hint?: string;
  /** True when the same call may succeed later without anybody changing anything. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

export class TsbakeError extends Error {
  override readonly name = "TsbakeError";
  /** Stable, `<room>/<kebab-case>`: `drivers/no-engine`, `buildkit/connection-lost`. */
  readonly code: string;
  readonly hint: string | undefined;
  readonly retryable: boolean;

  constructor(code: string, message: string, options: TsbakeErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.retryable = options.retryable ?? false;
  }
}

/** The system error code (`ENOENT`, `ECONNREFUSED`) of anything thrown, if it has one. */
export function errnoCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
