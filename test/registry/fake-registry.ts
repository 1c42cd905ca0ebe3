/** A registry in memory, as strange as a test wants it: each request is first offered to `meddle`. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer, type ServerOptions } from "node:https";
import type { Socket } from "node:net";
import { onTestFinished } from "vitest";
import { sha256Digest } from "../../src/oci/digest.ts";

export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
}

export interface FakeRegistry {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly url: string;
  readonly port: number;
  readonly asked: Asked[];
  readonly blobs: Map<string, Buffer>;
  /** `repository:tag` and `repository@digest` to media type and bytes. */
  readonly manifests: Map<string, { readonly mediaType: string; readonly bytes: Buffer }>;
  /** Bytes of blobs that came in, of cut uploads too. */
  readonly received: () => number;
  readonly connections: () => number;
}

export interface FakeOptions {
  /** True: it has answered, and nobody else is to. */
  readonly meddle?: (
    request: IncomingMessage,
    response: ServerResponse,
    fake: FakeRegistry,
  ) => boolean | Promise<boolean>;
  /** Uploads can be asked how far they came. Default: yes. */
  readonly resumable?: boolean;
  /** Cuts the connection of an upload when so many bytes came through it. */
  readonly cutAfterBytes?: number;
  readonly tls?: ServerOptions;
}

interface Upload {
  readonly chunks: Buffer[];
  size: number;
}

export async function fakeRegistry({
  meddle,
  resumable = true,
  cutAfterBytes = Number.POSITIVE_INFINITY,
  tls,
}: FakeOptions = {}): Promise<FakeRegistry> {
  const uploads = new Map<string, Upload>();
  const sockets = new Set<Socket>();
  let connections = 0;
  let received = 0;
  const asked: Asked[] = [];
  const handler = (request: IncomingMessage, response: ServerResponse): void => {
    const { method = "", url = "", headers } = request;
    asked.push({ method, url, headers });
    response.on("error", () => {});
    request.on("error", () => {});
    void (async () => {
      if (meddle !== undefined && (await meddle(request, response, fake))) return;
      await serve(request, response);
    })().catch(() => response.destroy());
  };
  const server = tls === undefined ? createServer(handler) : createSecureServer(tls, handler);
  server.on("connection", (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const host = `127.0.0.1:${port}`;
  const fake: FakeRegistry = {
    host,
    url: `${tls === undefined ? "http" : "https"}://${host}`,
    port,
    asked,
    blobs: new Map(),
    manifests: new Map(),
    received: () => received,
    connections: () => connections,
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "" } = request;
    const { pathname, searchParams } = new URL(request.url ?? "/", fake.url);
    const [, repository = "", kind = "", reference = ""] =
      /^\/v2\/(.+)\/(manifests|blobs\/uploads|blobs)\/(.*)$/.exec(pathname) ?? [];
    if (pathname === "/v2/") response.writeHead(200).end("{}");
    else if (kind === "manifests") await serveManifest(request, response, repository, reference);
    else if (kind === "blobs") serveBlob(request, response, fake.blobs.get(reference));
    else if (kind === "blobs/uploads" && method === "POST") beginUpload(response, repository, searchParams);
    else if (kind === "blobs/uploads")
      await continueUpload(request, response, { repository, id: reference, searchParams });
    else response.writeHead(404).end();
  };

  const serveManifest = async (
    request: IncomingMessage,
    response: ServerResponse,
    repository: string,
    reference: string,
  ): Promise<void> => {
    const key = `${repository}${reference.includes(":") ? "@" : ":"}${reference}`;
    if (request.method === "PUT") {
      const bytes = Buffer.concat(await request.toArray());
      const mediaType = request.headers["content-type"] ?? "";
      const digest = sha256Digest(bytes);
      for (const each of [key, `${repository}@${digest}`]) fake.manifests.set(each, { mediaType, bytes });
      response.writeHead(201, { "docker-content-digest": digest }).end();
      return;
    }
    const found = fake.manifests.get(key);
    if (found === undefined) {
      response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}');
      return;
    }
    const headers = {
      "content-type": found.mediaType,
      "content-length": found.bytes.length,
      "docker-content-digest": sha256Digest(found.bytes),
    };
    response.writeHead(200, headers).end(request.method === "HEAD" ? undefined : found.bytes);
  };

  const serveBlob = (request: IncomingMessage, response: ServerResponse, blob: Buffer | undefined): void => {
    if (blob === undefined) {
      response.writeHead(404).end();
      return;
    }
    const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? [];
    const start = Number(from ?? 0);
    const range = from === undefined ? {} : { "content-range": `bytes ${start}-${blob.length - 1}/${blob.length}` };
    response.writeHead(from === undefined ? 200 : 206, { "content-length": blob.length - start, ...range });
    response.end(request.method === "HEAD" ? undefined : blob.subarray(start));
  };

  const beginUpload = (response: ServerResponse, repository: string, query: URLSearchParams): void => {
    const mount = query.get("mount");
    if (mount !== null && fake.blobs.has(mount) && query.get("from") === "lender") {
      response.writeHead(201).end();
      return;
    }
    const id = `u${uploads.size + 1}`;
    uploads.set(id, { chunks: [], size: 0 });
    response.writeHead(202, { location: `/v2/${repository}/blobs/uploads/${id}?state=a%20b~` }).end();
  };

  const continueUpload = async (
    request: IncomingMessage,
    response: ServerResponse,
    { repository, id, searchParams }: { repository: string; id: string; searchParams: URLSearchParams },
  ): Promise<void> => {
    const upload = uploads.get(id);
    const location = `${fake.url}/v2/${repository}/blobs/uploads/${id}?state=a%20b~`;
    if (upload === undefined || (request.method === "GET" && !resumable) || searchParams.get("state") !== "a b~") {
      response.writeHead(404).end();
      return;
    }
    if (request.method === "GET") {
      response.writeHead(204, { location, range: `0-${Math.max(0, upload.size - 1)}` }).end();
      return;
    }
    if (request.method === "DELETE") {
      uploads.delete(id);
      response.writeHead(204).end();
      return;
    }
    const [start = "0"] = (request.headers["content-range"] ?? `${upload.size}-`).split("-");
    if (Number(start) !== upload.size) {
      response.writeHead(416).end();
      return;
    }
    const before = upload.size;
    request.on("data", (chunk: Buffer) => {
      if (upload.size - before >= cutAfterBytes) {
        request.socket.destroy();
        return;
      }
      received += chunk.length;
      upload.size += chunk.length;
      upload.chunks.push(chunk);
    });
    const whole = await new Promise<boolean>((resolve) => {
      request.on("end", () => resolve(true));
      request.on("close", () => resolve(request.complete));
    });
    if (!whole) return;
    if (request.method === "PATCH") {
      response.writeHead(202, { location, range: `0-${upload.size - 1}` }).end();
      return;
    }
    const content = Buffer.concat(upload.chunks);
    const digest = searchParams.get("digest") ?? "";
    if (sha256Digest(content) !== digest) {
      response.writeHead(400).end('{"errors":[{"code":"DIGEST_INVALID","message":"provided digest did not match"}]}');
      return;
    }
    uploads.delete(id);
    fake.blobs.set(digest, content);
    response.writeHead(201, { "docker-content-digest": digest }).end();
  };
  return fake;
}
