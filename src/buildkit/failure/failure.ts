/** Turns what a daemon said about a build that did not work into what people are told. */
import { TsbakeError } from "../../base/errors.ts";
import type { Redaction } from "../../base/redaction.ts";
import type { SourceExcerpt } from "../../events/event.ts";
import { BuildFailure } from "../../execute/ports.ts";
import { cutExcerpt } from "../../execute/source-excerpt.ts";
import { RpcError } from "../rpc/status.ts";
import { type ErrorDetails, readErrorDetails } from "./error-details.ts";

/** What is known of the build the error belongs to. */
export interface FailureContext {
  readonly redaction: Redaction;
  /** The name of a step by its digest, once the daemon told it. */
  readonly stepName: (digest: string) => string | undefined;
  /** The name a file of the daemon's is shown under. */
  readonly sourceName: (filename: string) => string;
}

/**
 * A BuildFailure for what the daemon answered; a TsbakeError when the daemon itself is the trouble. Everything else (a bug, a
 * signal's reason) is returned as it is.
 */
export function failureFrom(error: unknown, context: FailureContext): unknown {
  if (!(error instanceof RpcError)) return error;
  const details = withSaid(readErrorDetails(error.details), error.message);
  const message = context.redaction.clean(ownWords(error.message, details) || `the daemon answered ${error.code}`);
  const step = details.vertex === undefined ? undefined : stepOf(details.vertex, context);
  const code = failureCode(error, message, details);
  if (code === undefined) {
    return new TsbakeError("buildkit/daemon-unavailable", `the BuildKit daemon cannot build now: ${message}`, {
      retryable: true,
      hint: "see the daemon's log, then build again: what was done is cached",
      cause: error,
    });
  }
  const hint = hintFor(code, details, message);
  return new BuildFailure(code, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(step === undefined ? {} : { step }),
    excerpts: excerptsOf(details, context),
    retryable: details.exitCode === undefined && isTransient(error, message),
    cause: error,
  });
}

/** The failure of a step when nothing but its name and error is known. */
export function failureOfStep(step: { readonly digest: string; readonly name: string }, error: string): BuildFailure {
  return new BuildFailure("build/step-failed", error, { step, retryable: transientText.test(error) && !isExit(error) });
}

function stepOf(digest: string, context: FailureContext): { readonly digest: string; readonly name: string } {
  return { digest, name: context.stepName(digest) ?? digest };
}

function excerptsOf(details: ErrorDetails, context: FailureContext): readonly SourceExcerpt[] {
  const cut = details.sources.flatMap(({ filename, text, ranges }) => {
    const excerpt = cutExcerpt(context.redaction.clean(context.sourceName(filename)), text, ranges);
    return excerpt === undefined
      ? []
      : [{ ...excerpt, lines: excerpt.lines.map((line) => ({ ...line, text: context.redaction.clean(line.text) })) }];
  });
  const key = (excerpt: SourceExcerpt): string => `${excerpt.file}:${excerpt.firstLine}:${excerpt.lines.length}`;
  return [...new Map(cut.map((excerpt) => [key(excerpt), excerpt])).values()];
}

/** What old daemons say in words only, and not of a step, whose name may hold any words. */
function withSaid(details: ErrorDetails, message: string): ErrorDetails {
  if (details.exitCode !== undefined || details.vertex !== undefined) return details;
  const said = message.replace(wrapping, "");
  const cap = details.missingFrontendCap ?? /^unsupported frontend capability (\S+)/.exec(said)?.[1];
  const request = details.unknownSubrequest ?? /^unsupported request (\S+)/.exec(said)?.[1];
  return {
    ...details,
    ...(cap === undefined ? {} : { missingFrontendCap: cap }),
    ...(request === undefined ? {} : { unknownSubrequest: request }),
  };
}

const wrapping =
  /^(?:rpc error: code = \w+ desc = |failed to solve(?: with frontend [\w.]+)?: |failed to create LLB definition: )+/;

/** Without the protocol's words around them. What the frontend lacks is said in full: old ones only name it. */
function ownWords(text: string, { missingFrontendCap, unknownSubrequest }: ErrorDetails): string {
  const message = text.trim().replace(wrapping, "");
  if (missingFrontendCap !== undefined && message.startsWith("unsupported frontend capability")) {
    const what = missingFrontendCap.includes("contexts") ? "named contexts" : missingFrontendCap;
    return `the Dockerfile frontend of the builder does not know ${what} (it lacks ${missingFrontendCap})`;
  }
  if (unknownSubrequest !== undefined && message.startsWith("unsupported request")) {
    return `the Dockerfile frontend of the builder does not answer ${unknownSubrequest}`;
  }
  return message;
}

/** undefined when the daemon is to blame rather than the build. */
function failureCode(error: RpcError, message: string, details: ErrorDetails): string | undefined {
  if (details.missingFrontendCap !== undefined) return "build/frontend-too-old";
  if (details.unknownSubrequest !== undefined) return "build/unknown-request";
  if (details.denials.length > 0) return "build/policy-denied";
  if (details.exitCode !== undefined || isExit(message)) return "build/step-failed";
  if (/^(?:failed to push|failed to do request: Put|push access denied)|: failed to push /.test(message))
    return "build/push-failed";
  if (details.vertex !== undefined) return "build/step-failed";
  if (/dockerfile parse error|failed to parse (?:stage|dockerfile)/i.test(message)) return "build/dockerfile-invalid";
  if (details.sources.length > 0) return "build/dockerfile-invalid";
  if (error.code === "UNAVAILABLE") return undefined;
  if (/\bno active sessions?\b|\bsession .*not found|no such job/.test(message)) return undefined;
  return "build/failed";
}

function isExit(message: string): boolean {
  return /(?:did not complete successfully|executor failed running .*): exit code: \d+/.test(message);
}

const transientText =
  /\b(?:connection (?:reset|refused)|broken pipe|i\/o timeout|TLS handshake timeout|unexpected EOF|too ?many ?requests|temporary failure in name resolution|server misbehaving|no such host|status(?: code)?:? (?:429|500|502|503|504)\b)|: (?:429|500|502|503|504) [A-Z]/i;

/** Network trouble, a registry that is overloaded. */
function isTransient(error: RpcError, message: string): boolean {
  return error.code === "UNAVAILABLE" || error.code === "RESOURCE_EXHAUSTED" || transientText.test(message);
}

function hintFor(code: string, details: ErrorDetails, message: string): string | undefined {
  switch (code) {
    case "build/frontend-too-old":
      return details.missingFrontendCap?.includes("gitquerystring") === true
        ? 'begin the Dockerfile with "# syntax=docker/dockerfile:1" (1.18 or newer)'
        : 'begin the Dockerfile with "# syntax=docker/dockerfile:1" (1.4 or newer) or remove the version it pins, or use another builder: a newer BuildKit, or --builder embedded';
    case "build/unknown-request":
      return 'ask what it answers with --call=subrequests.describe; newer frontends know more: begin the Dockerfile with "# syntax=docker/dockerfile:1", or use --builder embedded';
    case "build/dockerfile-invalid":
      return /unknown (?:flag|instruction)/i.test(message)
        ? 'if it is right, the builder\'s own frontend is older than the Dockerfile: begin it with "# syntax=docker/dockerfile:1", or use --builder embedded'
        : undefined;
    case "build/policy-denied":
      return details.denials.join("; ");
    case "build/step-failed":
      return /calculate checksum of ref .*: not found$/.test(message)
        ? "the path starts from the context, or from the stage or image that --from names; .dockerignore may leave it out"
        : undefined;
    default:
      return undefined;
  }
}
