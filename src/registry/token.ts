/** Access tokens of registries, fetched from where their 401 answers point to. */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { messageOf, TsbakeError } from "../base/errors.ts";
import { stripControl } from "../base/text.ts";
import type { RegistryCredentials } from "./credentials.ts";

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

const defaultExpirySeconds = 60;
const timeoutMs = 30_000;
const maxAnswerBytes = 1 << 20;

/**
 * Fetches a token; without credentials one for anybody. Throws a TsbakeError `registry/token-failed`, or the signal's
 * reason.
 */
export async function fetchToken(
  request: TokenRequest,
  credentials: RegistryCredentials | undefined,
  signal?: AbortSignal,
): Promise<AccessToken> {
  if (credentials?.kind === "registry-token") {
    return { token: credentials.token, expiresInSeconds: defaultExpirySeconds, issuedAt: undefined };
  }
  const realm = parseRealm(request.realm, credentials !== undefined);
  if (credentials === undefined) return tokenOf(await ask(realm, queryOf(request, realm), {}, signal), realm);
  const answer = await ask(realm, formOf(request, realm, credentials), {}, signal);
  // Registries that know no OAuth say so in several ways.
  const retry = [400, 401, 404, 405].includes(answer.status) && credentials.kind === "password";
  if (!retry) return tokenOf(answer, realm);
  const basic = Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64");
  return tokenOf(await ask(realm, queryOf(request, realm), { authorization: `Basic ${basic}` }, signal), realm);
}

/** Secrets are not sent in the clear, but for what runs on this machine. */
function parseRealm(text: string, secret: boolean): URL {
  if (!URL.canParse(text)) throw tokenFailed(text, "this is no address");
  const realm = new URL(text);
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(realm.hostname);
  const allowed = realm.protocol === "https:" || (realm.protocol === "http:" && (!secret || loopback));
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

function ask(
  realm: URL,
  { url, form }: Question,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  signal?.throwIfAborted();
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  const type = form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" };
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void =>
      reject(signal?.aborted ? signal.reason : tokenFailed(realm.href, messageOf(error), true));
    const request = send(url, {
      method: form === undefined ? "GET" : "POST",
      headers: { accept: "application/json", "user-agent": "tsbake", ...type, ...headers },
      timeout: timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
    request.on("timeout", () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    request.on("error", fail);
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxAnswerBytes) response.destroy(new Error("the answer is too large"));
        else chunks.push(chunk);
      });
      response.on("error", fail);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
    });
    request.end(form);
  });
}

function tokenOf({ status, body }: Answer, realm: URL): AccessToken {
  if (status !== 200) throw tokenFailed(realm.href, `HTTP status ${status}${reasonOf(body)}`, status >= 500);
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

/** What registries and OAuth servers say in their error bodies. */
function reasonOf(body: string): string {
  const { details, error_description: description, error, errors } = parseObject(body);
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const listed = typeof first === "object" && first !== null && "message" in first ? first.message : undefined;
  const reason = [details, description, error, listed].find((text) => typeof text === "string" && text !== "");
  return typeof reason === "string" ? `: ${stripControl(reason).slice(0, 300)}` : "";
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
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
