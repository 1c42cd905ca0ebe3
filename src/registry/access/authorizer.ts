/** What to show a registry so that it lets us in: nothing, a password, or a token for just what is asked for. */
import { type SharedTask, shareTask } from "../../base/shared-task.ts";
import type { Clock } from "../../execute/ports.ts";
import type { CredentialStore, RegistryCredentials } from "../credentials.ts";
import type { HttpClient } from "../http/http-client.ts";
import type { Trust } from "../http/trust.ts";
import { fetchToken } from "../token.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import { isCovered } from "./scope.ts";

export interface AuthorizerOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly credentials: CredentialStore;
  /** Whose credentials are looked for. */
  readonly host: string;
  readonly trust: Trust;
  readonly insecure: boolean;
}

type BearerChallenge = Challenge & { readonly scheme: "bearer" };

interface FetchedToken {
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** A token is given up a little before the registry does. */
const marginMs = 10_000;

/** One a registry. Nothing is asked for before the registry demands it. */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #tokens = new Map<string, SharedTask<FetchedToken>>();
  /** What the registry demanded beyond what we would have asked for. */
  readonly #demanded = new Map<string, readonly string[]>();
  #challenge: Challenge | undefined;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** The value of `Authorization`; undefined while nothing is demanded or known. Throws a TsbakeError when a token is not to be had. */
  async authorization(scopes: readonly string[], signal: AbortSignal): Promise<string | undefined> {
    const challenge = this.#challenge;
    if (challenge === undefined) return undefined;
    if (challenge.scheme === "bearer") return `Bearer ${await this.#token(challenge, scopes, signal)}`;
    const found = await this.#credentials(scopes, signal);
    if (found?.kind === "registry-token") return `Bearer ${found.token}`;
    if (found?.kind !== "password") return undefined;
    return `Basic ${Buffer.from(`${found.username}:${found.password}`).toString("base64")}`;
  }

  /**
   * Takes in the `WWW-Authenticate` of a refusal. True when there is something else to show now; `shown` is what was refused.
   */
  async learn(
    header: string,
    scopes: readonly string[],
    shown: string | undefined,
    signal: AbortSignal,
  ): Promise<boolean> {
    const challenges = parseChallenges(header);
    const bearer = challenges.find((each) => each.scheme === "bearer" && each.realm !== "");
    this.#challenge = bearer ?? challenges.find(({ scheme }) => scheme === "basic") ?? this.#challenge;
    if (bearer?.scheme === "bearer") {
      const key = keyOf(scopes);
      const known = new Set([...scopes, ...(this.#demanded.get(key) ?? [])]);
      const more = bearer.scopes.filter((scope) => !isCovered(scope, known));
      if (more.length > 0) this.#demanded.set(key, [...(this.#demanded.get(key) ?? []), ...more]);
      // It may have run out before its time.
      if (shown !== undefined) await this.#forget(shown);
    }
    if (this.#challenge === undefined) return false;
    return (await this.authorization(scopes, signal)) !== shown;
  }

  /** Whether there are credentials at all, for what to say of a refusal. */
  async hasCredentials(scopes: readonly string[], signal: AbortSignal): Promise<boolean> {
    return (await this.#credentials(scopes, signal)) !== undefined;
  }

  #credentials(scopes: readonly string[], signal: AbortSignal): Promise<RegistryCredentials | undefined> {
    return this.#options.credentials.find(this.#options.host, signal, scopes);
  }

  async #token(challenge: BearerChallenge, scopes: readonly string[], signal: AbortSignal): Promise<string> {
    const all = [...new Set([...scopes, ...(this.#demanded.get(keyOf(scopes)) ?? [])])].sort();
    const key = JSON.stringify([challenge.realm, challenge.service, all]);
    for (;;) {
      const { text, until } = await shareTask(this.#tokens, key, signal, () => this.#fetch(challenge, all, signal));
      if (until > this.#options.clock.now()) return text;
      this.#tokens.delete(key);
    }
  }

  async #fetch(challenge: BearerChallenge, scopes: readonly string[], signal: AbortSignal): Promise<FetchedToken> {
    const { http, clock, trust, insecure } = this.#options;
    const { realm, service } = challenge;
    const credentials = await this.#credentials(scopes, signal);
    const startMs = clock.now();
    const request = { realm, service, scopes, clientId: "tsbake" };
    const { token, expiresInSeconds } = await fetchToken(request, credentials, { http, trust, insecure, signal });
    const lifeMs = expiresInSeconds * 1000;
    return { text: token, until: startMs + Math.max(lifeMs - marginMs, lifeMs / 2) };
  }

  async #forget(shown: string): Promise<void> {
    for (const [key, { value }] of this.#tokens) {
      const text = await value.then(
        ({ text }) => text,
        () => undefined,
      );
      if (`Bearer ${text}` === shown) this.#tokens.delete(key);
    }
  }
}

function keyOf(scopes: readonly string[]): string {
  return [...scopes].sort().join(" ");
}
