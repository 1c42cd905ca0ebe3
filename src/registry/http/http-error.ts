/** A request that had no answer, or half of one. */
import { errnoCode, messageOf } from "../../base/errors.ts";
import { stripControl } from "../../base/text.ts";

export interface HttpErrorOptions {
  /** How often the same request is worth sending again. Default: not at all. */
  readonly retries?: number;
  readonly hint?: string;
  readonly cause?: unknown;
}

/** Its message says what happened, not where: whoever converts it knows what was asked of whom. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly retries: number;
  readonly hint: string | undefined;

  constructor(message: string, { retries = 0, hint, cause }: HttpErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.retries = retries;
    this.hint = hint;
  }
}

/** As often as the ladder of waits has steps. */
export const manyRetries = 4;

const untrusted: ReadonlySet<string> = new Set([
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** The certificate was made by somebody who is not known here. */
export function isUntrusted(error: unknown): boolean {
  return untrusted.has(errnoCode(error) ?? "");
}

const noHostHint =
  "See whether its name is right and whether this machine has a network; HTTPS_PROXY if there is a proxy.";

/** Puts what sockets, TLS and the HTTP parser throw into words. */
export function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  const code = errnoCode(error) ?? "";
  const message = stripControl(messageOf(error)).split("\n", 1)[0] ?? "";
  if (isUntrusted(error)) {
    const hint = "Put the certificate of its authority into certs.d/<host>/ca.crt of /etc/docker or ~/.docker.";
    return new HttpError(`its certificate is not trusted (${message})`, { hint, cause: error });
  }
  if (/^(?:CERT_|ERR_TLS_CERT_)/.test(code))
    return new HttpError(`its certificate is wrong: ${message}`, { cause: error });
  switch (code) {
    case "ECONNREFUSED":
      return new HttpError("nothing listens there (connection refused)", { retries: 1, cause: error });
    case "ENOTFOUND":
      return new HttpError("there is no host of that name", { hint: noHostHint, cause: error });
    case "EAI_AGAIN":
      return new HttpError("the name of the host cannot be looked up now", { retries: 1, cause: error });
    case "EPROTO":
    case "ERR_SSL_WRONG_VERSION_NUMBER":
    case "ERR_SSL_PACKET_LENGTH_TOO_LONG":
      return new HttpError("it does not speak TLS", {
        hint: "For a registry with plain HTTP set registry.insecure=true.",
        cause: error,
      });
    case "ENETUNREACH":
    case "EHOSTUNREACH":
      return new HttpError("there is no way to it (network unreachable)", { retries: 1, cause: error });
    case "ECONNRESET":
    case "EPIPE":
    case "ECONNABORTED":
      return new HttpError("the connection broke", { retries: manyRetries, cause: error });
    case "ETIMEDOUT":
      return new HttpError("no answer in time", { retries: manyRetries, cause: error });
    default:
      return new HttpError(message === "" ? "the connection failed" : message, {
        retries: code.startsWith("HPE_") ? 1 : 0,
        cause: error,
      });
  }
}

/** Whether what answered over TLS is no TLS server at all. */
export function isPlain(error: unknown): boolean {
  const code = errnoCode(error instanceof HttpError ? error.cause : error) ?? "";
  return code === "EPROTO" || code.startsWith("ERR_SSL_");
}
