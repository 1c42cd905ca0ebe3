import { once } from "node:events";
import { createServer, type ListenOptions, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer } from "node:tls";
import { type DockerHost, dialBuildkit } from "./engine-api.ts";

/** Where a splice listens: a unix socket, or a free port on loopback, with TLS that demands a client certificate if given. */
export type SpliceListen =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp" }
  | { readonly kind: "tls"; readonly ca: string; readonly cert: string; readonly key: string };

export interface Splice extends AsyncDisposable {
  /** `unix:///path` or `tcp://127.0.0.1:port`: the endpoint of a remote builder. */
  readonly endpoint: string;
  /** How many clients have connected so far. */
  readonly connections: number;
  /** Cuts the connections that are open, as a network would, and goes on listening. */
  cut(): void;
  close(): Promise<void>;
}

/**
 * Makes the BuildKit inside a Docker engine look like a buildkitd of its own: each connection is joined to a fresh `POST /grpc`
 * of the engine. This is what the remote driver is tested on.
 */
export async function openSplice(dockerHost: DockerHost, listen: SpliceListen): Promise<Splice> {
  const open = new Set<Duplex>();
  let connections = 0;
  const server = createListener(
    listen,
    (client) => {
      connections += 1;
      void join(client, dockerHost, open);
    },
    (socket) => track(socket, open),
  );
  server.listen(listenOptions(listen));
  await once(server, "listening");
  const cut = (): void => {
    for (const stream of open) stream.destroy();
  };
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    cut();
    await closed;
  };
  return {
    endpoint: endpointOf(server),
    get connections() {
      return connections;
    },
    cut,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Joins a client to the engine. The client is not read before the engine has answered, so nothing can reach it too early. */
async function join(client: Duplex, dockerHost: DockerHost, open: Set<Duplex>): Promise<void> {
  track(client, open);
  try {
    const engine = await dialBuildkit(dockerHost);
    if (client.destroyed) {
      engine.destroy();
      return;
    }
    track(engine, open);
    // One direction may end while the other goes on; an error or a cut ends both.
    client.once("close", () => engine.destroy());
    engine.once("close", () => client.destroy());
    client.pipe(engine);
    engine.pipe(client);
  } catch {
    client.destroy();
  }
}

function track(stream: Duplex, open: Set<Duplex>): void {
  open.add(stream);
  stream.once("close", () => open.delete(stream));
  // What a peer does to its connection is what the tests are about; the close that follows is enough.
  stream.on("error", () => {});
}

/** `onSocket` is told of what lies under TLS: a client whose handshake fails half way never becomes more than that. */
function createListener(
  listen: SpliceListen,
  onClient: (client: Socket) => void,
  onSocket: (socket: Socket) => void,
): Server {
  const options = { allowHalfOpen: true };
  if (listen.kind !== "tls") return createServer(options, onClient);
  const { ca, cert, key } = listen;
  const server = createTlsServer(
    { allowHalfOpen: true, ca, cert, key, requestCert: true, rejectUnauthorized: true, ALPNProtocols: ["h2"] },
    onClient,
  );
  server.on("connection", onSocket);
  server.on("tlsClientError", () => {});
  return server;
}

function listenOptions(listen: SpliceListen): ListenOptions {
  return listen.kind === "unix" ? { path: listen.path } : { host: "127.0.0.1", port: 0 };
}

function endpointOf(server: Server): string {
  const address = server.address();
  if (typeof address === "string") return `unix://${address}`;
  if (address === null) throw new Error("The splice is not listening");
  return `tcp://127.0.0.1:${address.port}`;
}
