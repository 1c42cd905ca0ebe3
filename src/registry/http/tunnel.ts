/** TLS through a proxy: `CONNECT`, and the handshake with the server behind it. */
import { request as httpRequest } from "node:http";
import { Agent, type AgentOptions, request as httpsRequest, type RequestOptions } from "node:https";
import { isIP } from "node:net";
import { Duplex } from "node:stream";
import { connect } from "node:tls";
import { HttpError, manyRetries } from "./http-error.ts";
import { hostOf, portOf, proxyAuthorization } from "./proxy.ts";

const connectTimeoutMs = 30_000;

/** Connections to servers behind a proxy. */
export class TunnelAgent extends Agent {
  readonly #proxy: URL;

  constructor(proxy: URL, options: AgentOptions) {
    super(options);
    this.#proxy = proxy;
  }

  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | undefined {
    const host = options.host ?? "";
    openTunnel(this.#proxy, `${host.includes(":") ? `[${host}]` : host}:${options.port ?? 443}`).then(
      (socket) => {
        const named = isIP(host) === 0 ? { servername: host } : {};
        callback?.(null, connect({ ...this.options, ...named, host, socket, ALPNProtocols: ["http/1.1"] }));
      },
      (error: unknown) => callback?.(error instanceof Error ? error : new Error(String(error)), new Duplex()),
    );
    return undefined;
  }
}

function openTunnel(proxy: URL, target: string): Promise<Duplex> {
  const send = proxy.protocol === "https:" ? httpsRequest : httpRequest;
  const authorization = proxyAuthorization(proxy);
  return new Promise((resolve, reject) => {
    const request = send({
      host: hostOf(proxy),
      port: portOf(proxy),
      method: "CONNECT",
      path: target,
      agent: false,
      timeout: connectTimeoutMs,
      headers: { host: target, ...(authorization === undefined ? {} : { "proxy-authorization": authorization }) },
    });
    const refuse = (status: number | undefined): void => reject(refused(proxy, status));
    request.on("connect", (response, socket) => {
      if (response.statusCode === 200) {
        socket.setTimeout(0);
        resolve(socket);
        return;
      }
      socket.destroy();
      refuse(response.statusCode);
    });
    request.on("response", (response) => {
      response.destroy();
      refuse(response.statusCode);
    });
    request.on("timeout", () =>
      request.destroy(new HttpError(`the proxy ${proxy.host} is silent`, { retries: manyRetries })),
    );
    request.on("error", reject);
    request.end();
  });
}

function refused(proxy: URL, status = 0): HttpError {
  const hint =
    status === 407
      ? "It wants a user and a password: http://user:password@proxy in HTTPS_PROXY."
      : "See HTTPS_PROXY, and NO_PROXY for what needs none.";
  return new HttpError(`the proxy ${proxy.host} does not let us through (status ${status})`, {
    hint,
    retries: status >= 500 ? manyRetries : 0,
  });
}
