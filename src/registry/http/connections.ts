/** Keep-alive connections: at most four at once to a host for content, and four for questions, so that neither waits for the other. */
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { createSecureContext } from "node:tls";
import type { HostEnvironment } from "../../base/host-environment.ts";
import { isUntrusted } from "./http-error.ts";
import { readSystemAuthorities, secureOptions, type Trust } from "./trust.ts";
import { TunnelAgent } from "./tunnel.ts";

const connectionsPerHost = 4;

/** What a request is about: small answers, or the content of blobs. */
export type Lane = "question" | "content";

export interface Route {
  readonly url: URL;
  readonly trust: Trust;
  readonly proxy: URL | undefined;
  readonly lane: Lane;
}

export class Connections {
  readonly #environment: HostEnvironment;
  readonly #agents = new Map<Trust, Map<string, HttpAgent>>();
  /** Agents of before: what they have under way goes on. */
  readonly #former: HttpAgent[] = [];
  #system: Promise<readonly string[]> | undefined;
  #known: readonly string[] = [];

  constructor(environment: HostEnvironment) {
    this.#environment = environment;
  }

  agent({ url, trust, proxy, lane }: Route): HttpAgent {
    const agents = this.#agents.get(trust) ?? new Map<string, HttpAgent>();
    this.#agents.set(trust, agents);
    // Agents keep hosts apart themselves; a plain request to a proxy counts as one to the proxy, which serves many hosts.
    const key = `${lane} ${url.protocol} ${proxy?.href ?? ""} ${proxy !== undefined && url.protocol === "http:" ? url.host : ""}`;
    const agent = agents.get(key) ?? this.#create(url, trust, proxy);
    agents.set(key, agent);
    return agent;
  }

  /**
   * Trusts what the machine's other programs trust, from now on, when that may be what an error is about. False: another try is in vain.
   * Only done when it is needed, since reading so many certificates takes longer than most requests.
   */
  async trustMore(error: unknown): Promise<boolean> {
    if (!isUntrusted(error)) return false;
    this.#system ??= readSystemAuthorities(this.#environment);
    const system = await this.#system;
    if (this.#known.length === 0) {
      this.#known = system;
      for (const agents of this.#agents.values()) this.#former.push(...agents.values());
      this.#agents.clear();
    }
    return system.length > 0;
  }

  /** Ends every connection. */
  close(): void {
    for (const agents of this.#agents.values()) for (const agent of agents.values()) agent.destroy();
    for (const agent of this.#former) agent.destroy();
    this.#agents.clear();
  }

  #create(url: URL, trust: Trust, proxy: URL | undefined): HttpAgent {
    const options = { keepAlive: true, maxSockets: connectionsPerHost, scheduling: "lifo" } as const;
    const secure = {
      ...options,
      rejectUnauthorized: !trust.unchecked,
      secureContext: createSecureContext(secureOptions(trust, this.#known)),
    };
    if (url.protocol === "https:") return proxy === undefined ? new HttpsAgent(secure) : new TunnelAgent(proxy, secure);
    return proxy?.protocol === "https:" ? new HttpsAgent(secure) : new HttpAgent(options);
  }
}
