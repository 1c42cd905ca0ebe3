/** Serves git repositories and plain files over HTTP on the loopback, as a forge would. */
import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { run } from "./run-process.ts";

export interface GitServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`; a repository `NAME.git` of the root folder is `URL/NAME.git`. */
  readonly url: string;
  /** The `Authorization` of each request that was let in. */
  readonly authorizations: readonly string[];
  /** How many wait for a silent path. */
  readonly waiting: () => number;
}

export interface GitServerOptions {
  /** The folder of the bare repositories. */
  readonly root: string;
  /** Path to content: what is served beside repositories. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  /** Paths whose requests are never answered. */
  readonly silent?: readonly string[];
  /** When given, repositories are for those who bring it. */
  readonly authorization?: string;
}

/** Makes `root/NAME.git` out of a folder, with its content in one commit on the branch `main`. */
export async function createRepository(folder: string, bare: string): Promise<void> {
  const git = async (...args: readonly string[]): Promise<void> => {
    const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.test", "-c", "commit.gpgsign=false"];
    await run("git", [...identity, ...args], { cwd: folder });
  };
  await git("init", "-q", "-b", "main");
  await git("add", "-A");
  await git("commit", "-q", "-m", "First");
  await git("clone", "-q", "--bare", folder, bare);
}

export async function startGitServer({
  root,
  files = {},
  silent = [],
  authorization,
}: GitServerOptions): Promise<GitServer> {
  const authorizations: string[] = [];
  const waiting = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    if (silent.includes(path)) {
      waiting.add(response);
      response.on("close", () => waiting.delete(response));
      return;
    }
    const file = files[path];
    if (file !== undefined) {
      response.end(file);
      return;
    }
    const given = request.headers.authorization ?? "";
    if (authorization !== undefined && given !== authorization) {
      response.writeHead(401, { "www-authenticate": "Basic" }).end();
      return;
    }
    authorizations.push(given);
    serveRepository(root, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    authorizations,
    waiting: () => waiting.size,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Git's own program behind the CGI. */
function serveRepository(root: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? "/", "http://localhost");
  const child = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "safe.directory",
      GIT_CONFIG_VALUE_0: "*",
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method ?? "GET",
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  child.on("error", () => response.destroy());
  child.stdin.on("error", () => {});
  request.pipe(child.stdin);
  let head: Buffer | undefined = Buffer.alloc(0);
  child.stdout.on("data", (data: Buffer) => {
    if (head === undefined) {
      response.write(data);
      return;
    }
    head = Buffer.concat([head, data]);
    const end = head.indexOf("\r\n\r\n");
    if (end === -1) return;
    const fields = head.subarray(0, end).toString("latin1").split("\r\n");
    for (const field of fields) {
      const colon = field.indexOf(":");
      const [name, value] = [field.slice(0, colon), field.slice(colon + 1).trim()];
      if (name.toLowerCase() === "status") response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.write(head.subarray(end + 4));
    head = undefined;
  });
  child.stdout.on("end", () => response.end());
}
