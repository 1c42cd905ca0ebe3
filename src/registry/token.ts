/** Access tokens of registries, fetched from where their 401 answers point to. */
import { messageOf, TsbakeError } from "../base/errors.ts";
import { stripControl } from "../base/text.ts";
import type { RegistryCredentials } from "./credentials.ts";
import { parseObject, reasonOf } from "./error-body.ts";
import type { HttpClient } from "./http/http-client.ts";
import { hostOf, isLoopback } from "./http/proxy.ts";
import { readSmallBody } from "./http/small-body.ts";
import type { Trust } from "./http/trust.ts";

export interface TokenRequest {
  /** The address tokens are fetched from. */
  readonly realm: string;
  readonly service: string;
  /** `repository:team/app:pull,push`, … */
  readonly scopes: readonly string[];
  readonly clientId: string;
}

export interface AccessToken {
  readonly token: string;
  readonly expiresInSeconds: number;
  /** Undefined when the registry does not say. */
  readonly issuedAt: Date | undefined;
}

export interface TokenOptions {
  readonly http: HttpClient;
  /** Default: what everybody trusts. */
  readonly trust?: Trust;
  /** Credentials may go over plain HTTP: somebody said that the registry is not secure, and that it is to be used all the same. */
  readonly insecure?: boolean;
  readonly signal?: AbortSignal;
}

const defaultExpirySeconds = 60;
const maxAnswerBytes = 1 << 20;

/**
 * Fetches a token; without credentials one for anybody. Throws a TsbakeError `registry/token-failed`, or the signal's
 * reason.
 */
export async function fetchToken(
  request: TokenRequest,
  credentials: RegistryCredentials | undefined,
  options: TokenOptions,
): Promise<AccessToken> {
  if (credentials?.kind === "registry-token") {
    return { token: credentials.token, expiresInSeconds: defaultExpirySeconds, issuedAt: undefined };
  }
  const realm = parseRealm(request.realm, credentials !== undefined && options.insecure !== true);
  if (credentials === undefined) return tokenOf(await ask(realm, queryOf(request, realm), {}, options), realm);
  const answer = await ask(realm, formOf(request, realm, credentials), {}, options);
  // Registries that know no OAuth say so in several ways.
  const retry = [400, 401, 404, 405].includes(answer.status) && credentials.kind === "password";
  if (!retry) return tokenOf(answer, realm);
  const basic = Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64");
  return tokenOf(await ask(realm, queryOf(request, realm), { authorization: `Basic ${basic}` }, options), realm);
}

/** Secrets are not sent in the clear, but for what runs on this machine. */
function parseRealm(text: string, secret: boolean): URL {
  if (!URL.canParse(text)) throw tokenFailed(text, "this is no address");
  const realm = new URL(text);
  const allowed = realm.protocol === "https:" || (realm.protocol === "http:" && (!secret || isLoopback(hostOf(realm))));
  if (!allowed) throw tokenFailed(text, "credentials are sent over https only");
  return realm;
}

interface Question {
  readonly url: URL;
  /** Sent with POST; undefined for GET. */
  readonly form: string | undefined;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

function queryOf({ service, scopes }: TokenRequest, realm: URL): Question {
  const url = new URL(realm);
  if (service !== "") url.searchParams.set("service", service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  return { url, form: undefined };
}

function formOf(request: TokenRequest, realm: URL, credentials: RegistryCredentials): Question {
  const form = new URLSearchParams({ client_id: request.clientId === "" ? "tsbake" : request.clientId });
  if (request.service !== "") form.set("service", request.service);
  if (request.scopes.length > 0) form.set("scope", request.scopes.join(" "));
  if (credentials.kind === "password") {
    form.set("grant_type", "password");
    form.set("username", credentials.username);
    form.set("password", credentials.password);
  } else {
    form.set("grant_type", "refresh_token");
    form.set("refresh_token", credentials.token);
  }
  return { url: realm, form: form.toString() };
}

async function ask(
  realm: URL,
  { url, form }: Question,
  headers: Readonly<Record<string, string>>,
  { http, trust, signal }: TokenOptions,
): Promise<Answer> {
  const type = form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" };
  try {
    const answer = await http.send({
      method: form === undefined ? "GET" : "POST",
      url,
      headers: { accept: "application/json", ...type, ...headers },
      ...(form === undefined ? {} : { body: form }),
      ...(trust === undefined ? {} : { trust }),
      signal,
    });
    return { status: answer.status, body: (await readSmallBody(answer, maxAnswerBytes)).toString("utf8") };
  } catch (error) {
    signal?.throwIfAborted();
    throw tokenFailed(realm.href, messageOf(error), true);
  }
}

function tokenOf({ status, body }: Answer, realm: URL): AccessToken {
  const reason = reasonOf(body);
  if (status !== 200)
    throw tokenFailed(realm.href, `HTTP status ${status}${reason === "" ? "" : `: ${reason}`}`, status >= 500);
  const answer = parseObject(body);
  const token = textOf(answer.access_token) ?? textOf(answer.token);
  if (token === undefined) throw tokenFailed(realm.href, "the answer holds no token");
  const expires = typeof answer.expires_in === "number" && answer.expires_in > 0 ? answer.expires_in : undefined;
  const issued = new Date(textOf(answer.issued_at) ?? Number.NaN);
  return {
    token,
    expiresInSeconds: Math.floor(expires ?? defaultExpirySeconds),
    issuedAt: Number.isNaN(issued.getTime()) ? undefined : issued,
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function tokenFailed(realm: string, why: string, retryable = false): TsbakeError {
  return new TsbakeError("registry/token-failed", `no token from ${stripControl(realm).slice(0, 200)}: ${why}`, {
    hint: "See whether the credentials are still good: `docker login` renews them.",
    retryable,
  });
}
