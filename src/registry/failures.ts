/** Everything that can go wrong with a registry, in words. Nothing here ever holds a token, a password or the query of an address. */
import { TsbakeError } from "../base/errors.ts";
import { stripControl } from "../base/text.ts";
import { errorCodes, reasonOf } from "./error-body.ts";
import type { HttpError } from "./http/http-error.ts";

/** What was asked of whom: `ghcr.io`, `the blob sha256:… of ghcr.io/team/app`. */
export interface Subject {
  /** With its port, as people know it. */
  readonly host: string;
  readonly thing: string;
}

/** An address without what may be a secret in it. */
export function shownAddress(url: URL): string {
  return stripControl(`${url.protocol}//${url.host}${url.pathname}`).slice(0, 200);
}

/** Without a thing it is the host as a whole. */
export function unreachable({ host, thing }: Pick<Subject, "host"> & Partial<Subject>, error: HttpError): TsbakeError {
  const hint = error.hint ?? `See whether ${host} can be reached from here, and HTTPS_PROXY if there is a proxy.`;
  return new TsbakeError(
    "registry/unreachable",
    `cannot reach ${host}${thing === undefined ? "" : ` for ${thing}`}: ${error.message}`,
    {
      hint,
      retryable: error.retries > 0,
      cause: error,
    },
  );
}

/** What a status of 400 and above means. */
export function refused(subject: Subject, status: number, body: string, hadCredentials: boolean): TsbakeError {
  const { host, thing } = subject;
  const reason = reasonOf(body);
  const said = reason === "" ? "" : `: ${reason}`;
  const login = `\`docker login ${host}\``;
  if (status === 401 && !hadCredentials) {
    return new TsbakeError("registry/unauthorized", `${host} wants credentials for ${thing}${said}`, {
      hint: `Log in with ${login}, if it is there at all: many registries say the same of what they do not have.`,
    });
  }
  if (status === 401) {
    return new TsbakeError("registry/unauthorized", `${host} does not accept the credentials for ${thing}${said}`, {
      hint: `Renew them with ${login}.`,
    });
  }
  if (status === 403) {
    return new TsbakeError("registry/denied", `${host} does not let you have ${thing}${said}`, {
      hint: `See whether the account of ${login} has the right to.`,
    });
  }
  if (status === 404) {
    return new TsbakeError("registry/not-found", `${host} does not have ${thing}${said}`, {
      hint: `See whether the name is right. A private one may need ${login}.`,
    });
  }
  if (status === 429) return rateLimited(subject, said);
  const codes = errorCodes(body).join(", ");
  const detail = said === "" && codes !== "" ? `: ${stripControl(codes).slice(0, 100)}` : said;
  const message = `${host} answered ${status} when asked for ${thing}${detail}`;
  if (status >= 500 || status === 408) {
    return new TsbakeError("registry/server-failed", message, {
      hint: "The trouble is on its side: try again later.",
      retryable: true,
    });
  }
  return new TsbakeError("registry/refused", message, { hint: `See what ${host} demands of names and content.` });
}

function rateLimited({ host, thing }: Subject, said: string): TsbakeError {
  return new TsbakeError(
    "registry/rate-limited",
    `${host} allows no more requests for now, ${thing} has to wait${said}`,
    {
      hint: `Log in with \`docker login ${host}\`, which often allows more, or name a mirror in TSBAKE_REGISTRY_MIRRORS.`,
      retryable: true,
    },
  );
}

/** Content that is not what its digest says. */
export function wrongDigest({ host, thing }: Subject, actual: string): TsbakeError {
  return new TsbakeError("registry/wrong-digest", `${host} sent something else for ${thing}: its digest is ${actual}`, {
    hint: "The registry, a mirror or a proxy between damages what it sends; try another mirror or tell whoever runs it.",
  });
}

export function wrongSize({ host, thing }: Subject, expected: number, actual: string): TsbakeError {
  return new TsbakeError("registry/wrong-size", `${host} sent ${actual} for ${thing}, which has ${expected} bytes`, {
    hint: "The registry, a mirror or a proxy between damages what it sends; try another mirror or tell whoever runs it.",
  });
}

/** An answer that makes no sense of the protocol. */
export function badAnswer({ host, thing }: Subject, why: string): TsbakeError {
  return new TsbakeError(
    "registry/bad-answer",
    `${host} answered nonsense for ${thing}: ${stripControl(why).slice(0, 300)}`,
    {
      hint: "See whether it is a registry, and what stands between it and here.",
    },
  );
}

export function notARegistry({ host, thing }: Subject): TsbakeError {
  return new TsbakeError("registry/not-a-registry", `${host} answered with a web page when asked for ${thing}`, {
    hint: "See whether the name of the registry is right, and whether a proxy wants a login in a browser first.",
  });
}

export function tooLarge({ host, thing }: Subject, mostBytes: number): TsbakeError {
  return new TsbakeError("registry/too-large", `${thing} of ${host} is larger than ${mostBytes >> 20} MiB`, {
    hint: "No manifest is that large: see whether the name is that of an image.",
  });
}

export function unsupported({ host, thing }: Subject, mediaType: string): TsbakeError {
  const shown = stripControl(mediaType).slice(0, 100);
  return new TsbakeError("registry/unsupported", `${thing} of ${host} is of a kind that is not supported: ${shown}`, {
    hint: /schema1|\.v1\+/.test(mediaType)
      ? "The image is older than 2016: push it anew with a current tool."
      : "See whether the name is that of an image.",
  });
}
