import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createNetServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { DockerEndpoint } from "../../../src/drivers/docker/endpoint.ts";
import { EngineClient } from "../../../src/drivers/engine-api/client.ts";

let folder: string;
const servers: { close: (done: () => void) => unknown }[] = [];
const never = new AbortController().signal;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tsbake-engine-"));
});

afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise<void>((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

function endpoint(headers: Readonly<Record<string, string>> = {}): DockerEndpoint {
  const path = join(folder, "e.sock");
  return {
    ...{ context: "default", host: `unix://${path}`, origin: "DOCKER_HOST", address: { kind: "socket", path } },
    headers: new Map(Object.entries(headers)),
    proxyArguments: new Map(),
  };
}

async function engine(listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(join(folder, "e.sock"));
  await once(server, "listening");
  return server;
}

test("speaks the older of the two versions, with the user's headers", async () => {
  const seen: string[] = [];
  await engine((request, response) => {
    seen.push(`${request.url} ${request.headers["x-team"]}`);
    response.setHeader("Api-Version", "1.44");
    response.end(
      request.url === "/_ping"
        ? "OK"
        : JSON.stringify({ Version: "29.0", ApiVersion: "1.44", Os: "linux", Arch: "arm64" }),
    );
  });
  const client = new EngineClient(endpoint({ "X-Team": "blue" }));
  expect(await client.version(never)).toEqual({ version: "29.0", apiVersion: "1.44", os: "linux", arch: "arm64" });
  await client.version(never);
  expect(seen).toEqual(["/_ping blue", "/v1.44/version blue", "/v1.44/version blue"]);
  await new EngineClient(endpoint(), { apiVersion: "1.30" }).version(never);
  expect(seen.at(-1)).toBe("/v1.30/version undefined");
});

test("hands a refusal on in the engine's words", async () => {
  await engine((_request, response) => {
    response.statusCode = 500;
    response.end(JSON.stringify({ message: "disk \u001b[31mfull" }));
  });
  await expect(new EngineClient(endpoint(), { apiVersion: "1.51" }).info(never)).rejects.toMatchObject({
    code: "drivers/engine-refused",
    message: "the Docker engine refused to describe itself: disk full",
    retryable: true,
  });
});

test("finds errors in an answer that began as a success", async () => {
  await engine((request, response) => {
    request.resume();
    request.on("end", () =>
      response.end('{"stream":"Loaded image: x"}\n{"errorDetail":{},"error":"archive is broken"}\n'),
    );
  });
  const loading = new EngineClient(endpoint(), { apiVersion: "1.51" }).loadImages(
    Readable.from([Buffer.alloc(1 << 20)]),
    never,
  );
  await expect(loading).rejects.toThrow("the Docker engine refused to load an image: archive is broken");
});

const digest = `sha256:${"a".repeat(64)}`;

test.each<[string, boolean, number, object]>([
  [
    "an image is there with all its parts",
    true,
    200,
    { Id: digest, Manifests: [{ Available: true }, { Available: true }] },
  ],
  ["a part is missing", false, 200, { Id: digest, Manifests: [{ Available: true }, { Available: false }] }],
  ["nothing is told of the parts of an index", false, 200, { Id: digest, Descriptor: {}, GraphDriver: {} }],
  ["an engine keeps images in layers of its own", true, 200, { Id: digest, GraphDriver: { Name: "overlay2" } }],
  ["another image answers to that name", false, 200, { Id: "sha256:b", GraphDriver: {} }],
  ["there is no such image", false, 404, { message: "no such image" }],
])("looks an image up: %s", async (_case, there, status, answer) => {
  const seen: (string | undefined)[] = [];
  await engine((request, response) => {
    seen.push(request.url);
    response.statusCode = status;
    response.end(JSON.stringify(answer));
  });
  expect(await new EngineClient(endpoint(), { apiVersion: "1.51" }).hasImage(digest, never)).toBe(there);
  expect(seen).toEqual([`/v1.51/images/${encodeURIComponent(digest)}/json?manifests=1`]);
});

test.each([
  ["app", "repo=app&tag=latest"],
  ["localhost:5000/team/app", "repo=localhost%3A5000%2Fteam%2Fapp&tag=latest"],
  ["localhost:5000/app:1.0", "repo=localhost%3A5000%2Fapp&tag=1.0"],
])("names an image %s", async (name, query) => {
  const seen: (string | undefined)[] = [];
  await engine((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    response.statusCode = 201;
    response.end();
  });
  await new EngineClient(endpoint(), { apiVersion: "1.51" }).tagImage(digest, name, never);
  expect(seen).toEqual([`POST /v1.51/images/${encodeURIComponent(digest)}/tag?${query}`]);
});

test("tells what is no engine", async () => {
  await engine((_request, response) => response.end("hello"));
  await expect(new EngineClient(endpoint()).ping(never)).rejects.toMatchObject({ code: "drivers/no-engine" });
  await expect(new EngineClient(endpoint()).upgrade("/grpc", never)).rejects.toMatchObject({
    code: "drivers/engine-refused",
    message: expect.stringContaining("BuildKit is not available"),
  });
});

test("tells what does not even speak HTTP", async () => {
  const server = createNetServer((socket) => void socket.resume().end("SSH-2.0-OpenSSH\r\n"));
  servers.push(server);
  server.listen(join(folder, "e.sock"));
  await once(server, "listening");
  await expect(new EngineClient(endpoint()).ping(never)).rejects.toMatchObject({
    code: "drivers/no-engine",
    message: expect.stringContaining("does not speak HTTP"),
  });
});

test("stops waiting when it is told to", async () => {
  await engine(() => {});
  const controller = new AbortController();
  const reason = new Error("enough");
  const asked = new EngineClient(endpoint()).ping(controller.signal);
  setTimeout(() => controller.abort(reason), 50);
  await expect(asked).rejects.toBe(reason);
});

test.each<[string, (client: EngineClient, signal: AbortSignal) => Promise<unknown>]>([
  ["a ping", (client, signal) => client.ping(signal)],
  ["a question", (client, signal) => client.info(signal)],
  ["giving a name", (client, signal) => client.tagImage(digest, "app", signal)],
])("waits for the end of an answer to %s no longer than for its beginning", async (_case, ask) => {
  const server = await engine(
    (_request, response) => void response.writeHead(200, { "Api-Version": "1.51" }).write("{"),
  );
  const client = new EngineClient(endpoint(), { apiVersion: "1.51", answerTimeoutMs: 100 });
  await expect(ask(client, never)).rejects.toMatchObject({
    code: "drivers/no-engine",
    message: expect.stringContaining("no answer within 0.1 s"),
  });
  const controller = new AbortController();
  const reason = new Error("enough");
  const asked = ask(new EngineClient(endpoint(), { apiVersion: "1.51" }), controller.signal);
  setTimeout(() => controller.abort(reason), 50);
  await expect(asked).rejects.toBe(reason);
  server.closeAllConnections();
});

test("takes its time to load an image", async () => {
  await engine((request, response) => {
    request.resume();
    response.writeHead(200).write('{"stream":"Loading"}\n');
    setTimeout(() => response.end('{"stream":"Loaded image: x"}\n'), 200);
  });
  const client = new EngineClient(endpoint(), { apiVersion: "1.51", answerTimeoutMs: 50 });
  expect(await client.loadImages(Readable.from([Buffer.alloc(10)]), never)).toEqual(["Loading", "Loaded image: x"]);
});

test("upgrades lose nothing of what came along with the answer", async () => {
  const server = await engine(() => {});
  server.on("upgrade", (request, socket) => {
    const methods = request.headersDistinct["x-method"]?.join("|");
    socket.write(`HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nearly ${methods} `);
    socket.pipe(socket);
  });
  const stream = await new EngineClient(endpoint()).upgrade("/session", never, new Map([["x-method", ["a", "b"]]]));
  stream.end("late");
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  expect(Buffer.concat(chunks).toString()).toBe("early a|b late");
});
