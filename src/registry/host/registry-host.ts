/** One place that is asked for content: knows which protocol it speaks, shows what it demands, follows where it points to. */
import { TsbakeError } from "../../base/errors.ts";
import { type SharedTask, shareTask } from "../../base/shared-task.ts";
import type { Clock } from "../../execute/ports.ts";
import { Authorizer } from "../access/authorizer.ts";
import type { CredentialStore } from "../credentials.ts";
import { badAnswer, refused, type Subject, shownAddress, unreachable } from "../failures.ts";
import type { HttpAnswer, HttpClient, HttpContent, HttpRequest } from "../http/http-client.ts";
import { HttpError, isPlain, manyRetries } from "../http/http-error.ts";
import { readReason } from "../http/small-body.ts";
import { Ladder, longestWaitMs, type Persistence, persist, retryAfterMs, Transient } from "../retry.ts";
import type { Endpoint, Root } from "./endpoint.ts";

export interface HostCall {
  readonly method: HttpRequest["method"];
  /** Below `/v2/`, or an address the registry gave. */
  readonly to: string | URL;
  /** What it is about, for people. */
  readonly thing: string;
  readonly scopes: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Made anew for each try. */
  readonly body?: () => Uint8Array | HttpContent;
  readonly lane?: HttpRequest["lane"];
  /** A redirect is an answer: where it leads is not asked. */
  readonly stay?: boolean;
  /** Statuses of 400 and above that are answers, not refusals. */
  readonly expected?: readonly number[];
  readonly signal: AbortSignal;
}

export interface HostTools {
  readonly http: HttpClient;
  readonly credentials: CredentialStore;
  readonly clock: Clock;
  readonly onTrouble?: ((message: string) => void) | undefined;
}

const mostRedirects = 10;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const overloaded: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

export class RegistryHost {
  readonly endpoint: Endpoint;
  readonly #tools: HostTools;
  readonly #authorizers = new Map<Root, Authorizer>();
  /** Before then, nothing is asked: the registry wants to be left alone. */
  #quietUntilMs = 0;
  readonly #roots = new Map<string, SharedTask<Root>>();

  constructor(endpoint: Endpoint, tools: HostTools) {
    this.endpoint = endpoint;
    this.#tools = tools;
  }

  /**
   * Asks until there is an answer below 400, or one that is expected; it must be read or discarded. Rejects with a TsbakeError when it
   * is refused, or when it did not help to ask again.
   */
  send(call: HostCall): Promise<HttpAnswer> {
    return persist(this.persistence(call.signal), () => this.sendOnce(call));
  }

  /** As `send`, but once: rejects with a Transient for what another try may heal. */
  async sendOnce(call: HostCall): Promise<HttpAnswer> {
    await this.#keepQuiet(call.signal);
    const root = await this.#findRoot(call.signal);
    const first = typeof call.to === "string" ? this.#addressOf(root, call.to) : call.to;
    const authorizer = this.#authorizerOf(root);
    let shown: string | undefined;
    for (let refusals = 0; ; refusals++) {
      shown = await this.#showAs(authorizer, root, first, call);
      const answer = await this.#follow(root, first, shown, call);
      const isOurs = answer.url.origin === root.url.origin;
      const demand = answer.headers["www-authenticate"] ?? "";
      if (answer.status !== 401 || !isOurs || refusals === 2) return this.#accept(answer, authorizer, call);
      const body = await readReason(answer, call.signal);
      const more = await authorizer.learn(demand, call.scopes, shown, call.signal).catch((error) => this.#raise(error));
      if (!more) throw await this.#refusal(401, body, authorizer, call);
    }
  }

  subject(thing: string): Subject {
    return { host: this.endpoint.host, thing };
  }

  persistence(signal: AbortSignal): Persistence {
    const { clock, onTrouble } = this.#tools;
    // There is somebody else to ask.
    return { clock, signal, onTrouble, ...(this.endpoint.mirrorOf === undefined ? {} : { mostRetries: 1 }) };
  }

  ladder(signal: AbortSignal): Ladder {
    return new Ladder(this.persistence(signal));
  }

  /** What reading an answer's body throws, as what `sendOnce` would throw. */
  troubleOf(error: unknown, thing?: string): unknown {
    if (!(error instanceof HttpError)) return error;
    const failure = unreachable(thing === undefined ? { host: this.endpoint.host } : this.subject(thing), error);
    return error.retries > 0 ? new Transient(failure, error.retries) : failure;
  }

  /** Where an upload goes on: relative to the call, and over TLS if the registry is reached over TLS. */
  locationOf(answer: HttpAnswer, thing: string): URL {
    const location = answer.headers.location ?? "";
    if (location === "" || !URL.canParse(location, answer.url.href)) {
      throw badAnswer(this.subject(thing), "it does not say where the upload goes on");
    }
    const url = new URL(location, answer.url);
    // Registries behind a proxy that speaks TLS for them do not know that they are.
    if (answer.url.protocol === "https:" && url.protocol === "http:" && url.hostname === answer.url.hostname) {
      url.protocol = "https:";
      url.port = answer.url.port;
    }
    return url;
  }

  #addressOf(root: Root, path: string): URL {
    const url = new URL(path, root.url);
    // What stands for several registries has to know which one is meant.
    if (this.endpoint.mirrorOf !== undefined) url.searchParams.set("ns", this.endpoint.mirrorOf);
    return url;
  }

  async #showAs(
    authorizer: Authorizer,
    root: Root,
    url: URL,
    { scopes, signal }: HostCall,
  ): Promise<string | undefined> {
    if (url.origin !== root.url.origin) return undefined;
    return authorizer.authorization(scopes, signal).catch((error) => this.#raise(error));
  }

  /** A token server that is out of order for a moment. */
  #raise(error: unknown): never {
    if (error instanceof TsbakeError && error.code === "registry/token-failed" && error.retryable) {
      throw new Transient(error, manyRetries);
    }
    throw error;
  }

  async #follow(root: Root, first: URL, shown: string | undefined, call: HostCall): Promise<HttpAnswer> {
    let url = first;
    for (let count = 0; count <= mostRedirects; count++) {
      const answer = await this.#ask(root, url, url.origin === root.url.origin ? shown : undefined, call);
      const location = redirects.has(answer.status) ? answer.headers.location : undefined;
      if (location === undefined || call.stay === true) return answer;
      answer.discard();
      if (!URL.canParse(location, url.href) || !/^https?:$/.test(new URL(location, url).protocol)) {
        throw badAnswer(this.subject(call.thing), "it points to what is no address");
      }
      url = new URL(location, url);
    }
    throw badAnswer(
      this.subject(call.thing),
      `it points from one address to the next, more than ${mostRedirects} times`,
    );
  }

  async #ask(root: Root, url: URL, shown: string | undefined, call: HostCall): Promise<HttpAnswer> {
    const { method, headers, body, lane, signal } = call;
    const isOurs = url.origin === root.url.origin;
    try {
      return await this.#tools.http.send({
        method,
        url,
        headers: {
          "accept-encoding": "identity",
          ...(isOurs ? this.endpoint.headers : {}),
          ...(shown === undefined ? {} : { authorization: shown }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: body() }),
        ...(lane === undefined ? {} : { lane }),
        trust: root.trust,
        signal,
      });
    } catch (error) {
      const elsewhere = isOurs ? call.thing : `${call.thing} at ${shownAddress(url)}`;
      throw this.troubleOf(error, elsewhere);
    }
  }

  async #accept(answer: HttpAnswer, authorizer: Authorizer, call: HostCall): Promise<HttpAnswer> {
    const { status, headers } = answer;
    if (status < 400 || call.expected?.includes(status)) return answer;
    const body = await readReason(answer, call.signal);
    const failure = await this.#refusal(status, body, authorizer, call);
    if (!overloaded.has(status)) throw failure;
    const nowMs = this.#tools.clock.now();
    const waitMs = retryAfterMs(headers, nowMs);
    if (waitMs !== undefined && waitMs <= longestWaitMs) this.#quietUntilMs = nowMs + waitMs;
    throw new Transient(failure, manyRetries, waitMs);
  }

  async #refusal(status: number, body: string, authorizer: Authorizer, { thing, scopes, signal }: HostCall) {
    // A token may have been one for anybody.
    const hadCredentials = status === 401 && (await authorizer.hasCredentials(scopes, signal));
    return refused(this.subject(thing), status, body, hadCredentials);
  }

  async #keepQuiet(signal: AbortSignal): Promise<void> {
    const { clock } = this.#tools;
    const restMs = this.#quietUntilMs - clock.now();
    if (restMs > 0) await clock.sleep(restMs, signal);
  }

  #authorizerOf(root: Root): Authorizer {
    const { http, clock, credentials } = this.#tools;
    const { host, insecure } = this.endpoint;
    const known = this.#authorizers.get(root);
    const authorizer = known ?? new Authorizer({ http, clock, credentials, host, trust: root.trust, insecure });
    this.#authorizers.set(root, authorizer);
    return authorizer;
  }

  async #findRoot(signal: AbortSignal): Promise<Root> {
    const [only, ...others] = this.endpoint.roots;
    if (only !== undefined && others.length === 0) return only;
    return shareTask(this.#roots, "", signal, () => this.#probe(signal));
  }

  /** The first root that speaks the protocol of its address. */
  async #probe(signal: AbortSignal): Promise<Root> {
    let failure: unknown;
    for (const root of this.endpoint.roots) {
      try {
        const answer = await this.#tools.http.send({ method: "GET", url: root.url, trust: root.trust, signal });
        answer.discard();
        // What a TLS server says to who speaks plain HTTP.
        if (root.url.protocol === "http:" && answer.status === 400) continue;
        return root;
      } catch (error) {
        signal.throwIfAborted();
        // That it speaks another protocol says less than what went wrong in its own.
        if (failure === undefined || !isPlain(error)) failure = error;
      }
    }
    throw this.troubleOf(failure ?? new HttpError("it speaks neither HTTP nor TLS"));
  }
}
