/** Stands before a registry and lets in who brings a token, as hosted registries do; the tokens are given out here, too. */
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface TokenGate extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** For what rights tokens were given out, sorted, each once; emptied by reading. */
  readonly takeScopes: () => readonly string[];
}

export interface TokenGateOptions {
  /** The registry behind. */
  readonly registry: string;
  readonly username: string;
  readonly password: string;
}

export const gateToken = "an-opaque-token";

export async function openTokenGate({ registry, username, password }: TokenGateOptions): Promise<TokenGate> {
  const scopes = new Set<string>();
  const login = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  const server = createServer((asked, answer) => {
    if (asked.url?.startsWith("/token") === true) {
      void giveToken(asked, answer, { login, username, password, scopes });
    } else if (asked.headers.authorization === `Bearer ${gateToken}`) {
      pass(asked, answer, registry);
    } else {
      asked.resume();
      const challenge = `Bearer realm="http://${asked.headers.host}/token",service="gate"${scopeFor(asked)}`;
      answer.writeHead(401, { "www-authenticate": challenge, "docker-distribution-api-version": "registry/2.0" }).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    takeScopes: () => {
      const taken = [...scopes].sort();
      scopes.clear();
      return taken;
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Rules {
  readonly login: string;
  readonly username: string;
  readonly password: string;
  readonly scopes: Set<string>;
}

/** By GET with HTTP basic authentication, or by POST with a form, as OAuth has it. */
async function giveToken(asked: IncomingMessage, answer: ServerResponse, rules: Rules): Promise<void> {
  let body = "";
  for await (const part of asked) body += String(part);
  const query = new URL(asked.url ?? "/", "http://gate").searchParams;
  const form = new URLSearchParams(body);
  const known =
    asked.headers.authorization === rules.login ||
    (form.get("username") === rules.username && form.get("password") === rules.password);
  if (!known) {
    answer.writeHead(401).end();
    return;
  }
  for (const scope of [...query.getAll("scope"), ...form.getAll("scope")]) {
    for (const each of scope.split(" ")) rules.scopes.add(each);
  }
  answer.setHeader("content-type", "application/json");
  answer.end(JSON.stringify({ token: gateToken, access_token: gateToken, expires_in: 300 }));
}

function scopeFor({ url = "", method }: IncomingMessage): string {
  const repository = /^\/v2\/(.+?)\/(?:manifests|blobs|tags)\//.exec(url)?.[1];
  if (repository === undefined) return "";
  return `,scope="repository:${repository}:${method === "GET" || method === "HEAD" ? "pull" : "pull,push"}"`;
}

function pass(asked: IncomingMessage, answer: ServerResponse, registry: string): void {
  const [hostname, port] = registry.split(":");
  const { authorization: _, ...headers } = asked.headers;
  const onward = request({ hostname, port, method: asked.method, path: asked.url, headers }, (reply) => {
    answer.writeHead(reply.statusCode ?? 502, reply.headers);
    reply.pipe(answer);
  });
  onward.on("error", () => answer.destroy());
  asked.pipe(onward);
}
