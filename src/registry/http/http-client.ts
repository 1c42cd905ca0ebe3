/** One HTTP request and its answer, over kept connections, through proxies. Redirects, retries and credentials are the caller's. */
import { setMaxListeners } from "node:events";
import { type ClientRequest, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { errnoCode } from "../../base/errors.ts";
import type { HostEnvironment } from "../../base/host-environment.ts";
import { Connections, type Lane } from "./connections.ts";
import { HttpError, manyRetries, toHttpError } from "./http-error.ts";
import { Patience } from "./patience.ts";
import { hostOf, portOf, proxyAuthorization, proxyFor } from "./proxy.ts";
import { everydayTrust, type Trust } from "./trust.ts";

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: URL;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string | HttpContent;
  /** Default: `question`. */
  readonly lane?: Lane;
  readonly trust?: Trust;
  readonly signal?: AbortSignal | undefined;
}

/** A body that is sent as it is read. */
export interface HttpContent {
  readonly size: number;
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly onSent?: (bytes: number) => void;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly url: URL;
  /** To be read once, or given up with `discard`; else its connection stays taken. Throws an HttpError, or the signal's reason. */
  readonly body: AsyncIterable<Uint8Array>;
  readonly discard: () => void;
}

export interface HttpClient {
  /** Rejects with an HttpError when there is no answer, with what `body` throws, or with the signal's reason. */
  readonly send: (request: HttpRequest) => Promise<HttpAnswer>;
  /** Ends every connection. */
  readonly close: () => void;
}

export interface HttpLimits {
  /** For a connection to be made. */
  readonly connectMs: number;
  /** For an answer to begin, and between two pieces of it. Waiting for a free connection does not count. */
  readonly silenceMs: number;
}

const usualLimits: HttpLimits = { connectMs: 30_000, silenceMs: 60_000 };
/** A registry may have to look at all of a large blob before it answers. */
const afterUploadMs = 600_000;
/** What is left of an answer that nobody wants is read when it is this short, to keep the connection. */
const shortBytes = 64 << 10;

export function openHttp(environment: HostEnvironment, limits: HttpLimits = usualLimits): HttpClient {
  const connections = new Connections(environment);
  let closed = false;
  const send = async (request: HttpRequest): Promise<HttpAnswer> => {
    request.signal?.throwIfAborted();
    // Each request under way listens to it, which is no leak.
    if (request.signal !== undefined) setMaxListeners(0, request.signal);
    if (closed) throw new HttpError("the client is closed");
    try {
      const proxy = proxyFor(request.url, environment);
      try {
        return await exchange(connections, request, proxy, limits);
      } catch (error) {
        // Neither a handshake that fails nor a connection that was left long ago has taken anything of the body.
        if (!(error instanceof LeftConnection) && !(await connections.trustMore(error))) throw error;
        return await exchange(connections, request, proxy, limits);
      }
    } catch (error) {
      request.signal?.throwIfAborted();
      if (error instanceof ContentFailed) throw error.cause;
      throw toHttpError(error instanceof LeftConnection ? error.cause : error);
    }
  };
  const close = (): void => {
    closed = true;
    connections.close();
  };
  return { send, close };
}

/** What reading the body to be sent threw: no trouble of the connection. */
class ContentFailed extends Error {}

/** The server had closed a kept connection just when it was used again. */
class LeftConnection extends Error {}

function exchange(
  connections: Connections,
  request: HttpRequest,
  proxy: URL | undefined,
  limits: HttpLimits,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const call = open(connections, request, proxy);
    const patience = new Patience(limits.silenceMs, () => {
      call.destroy(new HttpError("no answer in time", { retries: manyRetries }));
    });
    const start = (): void => {
      patience.wait();
      void sendBody(call, request.body, patience);
    };
    call.on("socket", (socket) => {
      if (!socket.connecting) start();
      else {
        patience.wait(limits.connectMs);
        socket.once("connect", start);
      }
    });
    call.on("error", (error) => {
      patience.end();
      const left = call.reusedSocket && errnoCode(error) === "ECONNRESET" && !isStreamed(request.body);
      reject(left ? new LeftConnection(error.message, { cause: error }) : error);
    });
    call.on("response", (response) => {
      patience.end();
      resolve(answerOf(request, call, response, limits));
    });
  });
}

function open(connections: Connections, request: HttpRequest, proxy: URL | undefined): ClientRequest {
  const { url, method, headers = {}, body, lane = "question", trust = everydayTrust, signal } = request;
  const agent = connections.agent({ url, trust, proxy, lane });
  const plainProxy = url.protocol === "http:" ? proxy : undefined;
  const peer = plainProxy ?? url;
  const authorization = plainProxy === undefined ? undefined : proxyAuthorization(plainProxy);
  const path = `${url.pathname}${url.search}`;
  const send = peer.protocol === "https:" ? httpsRequest : httpRequest;
  return send({
    method,
    host: hostOf(peer),
    port: portOf(peer),
    path: plainProxy === undefined ? path : `${url.origin}${path}`,
    agent,
    headers: {
      host: url.host,
      "user-agent": "tsbake",
      ...(body === undefined ? {} : { "content-length": String(lengthOf(body)) }),
      ...(authorization === undefined ? {} : { "proxy-authorization": authorization }),
      ...headers,
    },
    ...(signal === undefined ? {} : { signal }),
  });
}

function isStreamed(body: HttpRequest["body"]): body is HttpContent {
  return typeof body === "object" && !(body instanceof Uint8Array);
}

function lengthOf(body: Uint8Array | string | HttpContent): number {
  if (typeof body === "string") return Buffer.byteLength(body);
  return body instanceof Uint8Array ? body.length : body.size;
}

/** Never rejects: what goes wrong ends the call. */
async function sendBody(call: ClientRequest, body: HttpRequest["body"], patience: Patience): Promise<void> {
  if (!isStreamed(body)) {
    call.end(body);
    return;
  }
  // An answer before the end of the body is a refusal: the rest need not be sent.
  let answered = false;
  call.once("response", () => {
    answered = true;
  });
  let sent = 0;
  try {
    // What takes long now is to make the content.
    patience.rest();
    for await (const chunk of body.chunks) {
      if (answered || call.destroyed) break;
      patience.wait();
      if (!call.write(chunk)) await drained(call);
      patience.rest();
      sent += chunk.length;
      body.onSent?.(sent);
    }
  } catch (error) {
    call.destroy(new ContentFailed("the content cannot be read", { cause: error }));
    return;
  }
  if (answered || call.destroyed) return;
  if (sent !== body.size) {
    const cause = new HttpError(`the content has ${sent} bytes, not ${body.size}`);
    call.destroy(new ContentFailed("the content has another size", { cause }));
    return;
  }
  patience.wait(afterUploadMs);
  call.end();
}

function drained(call: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of ["drain", "close", "response", "error"]) call.off(event, done);
      resolve();
    };
    for (const event of ["drain", "close", "response", "error"]) call.once(event, done);
  });
}

function answerOf(
  { method, url, signal }: HttpRequest,
  call: ClientRequest,
  response: IncomingMessage,
  limits: HttpLimits,
): HttpAnswer {
  const headers = response.headers;
  return {
    status: response.statusCode ?? 0,
    headers,
    url,
    body: read(response, signal, limits),
    discard: () => {
      const length = method === "HEAD" ? 0 : Number(headers["content-length"] ?? Number.NaN);
      response.on("error", () => {});
      // A request of which the body was not sent to its end cannot leave its connection to the next one.
      if (length <= shortBytes && call.writableEnded) response.resume();
      else response.destroy();
    },
  };
}

async function* read(
  response: IncomingMessage,
  signal: AbortSignal | undefined,
  { silenceMs }: HttpLimits,
): AsyncGenerator<Uint8Array> {
  const patience = new Patience(silenceMs, () =>
    response.destroy(new HttpError("the answer stopped", { retries: manyRetries })),
  );
  try {
    patience.wait();
    for await (const chunk of response) {
      patience.rest();
      yield chunk;
      patience.wait();
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw toHttpError(error);
  } finally {
    patience.end();
  }
}
