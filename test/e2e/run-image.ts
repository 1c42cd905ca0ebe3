/** Loading and running an image with a real engine, over its API: no docker program is needed. */
import { createReadStream, type ReadStream } from "node:fs";
import { request } from "node:http";
import { createConnection } from "node:net";
import { buffer } from "node:stream/consumers";

/** An engine, as far as it matters here: that of the run, or a second one. */
export interface EngineSocket {
  readonly socket: string | undefined;
}

/** Loads an archive; rejects with what the engine says when it does not take it. */
export async function loadArchive(engine: EngineSocket, path: string): Promise<void> {
  const said = await call(engine, "POST", "/images/load?quiet=1", createReadStream(path));
  if (said.includes('"error"')) throw new Error(said);
}

/** Runs the image's own command without a network and returns what it printed. */
export async function runImage(engine: EngineSocket, image: string): Promise<string> {
  const body = JSON.stringify({ Image: image, HostConfig: { NetworkMode: "none" }, Tty: true });
  const created: unknown = JSON.parse(await call(engine, "POST", "/containers/create", body));
  if (typeof created !== "object" || created === null || !("Id" in created)) throw new Error("no container");
  const container = `/containers/${String(created.Id)}`;
  try {
    await call(engine, "POST", `${container}/start`);
    await call(engine, "POST", `${container}/wait`);
    return (await call(engine, "GET", `${container}/logs?stdout=1&stderr=1`)).replaceAll("\r\n", "\n");
  } finally {
    await call(engine, "DELETE", `${container}?force=1`);
  }
}

export async function inspectImage(engine: EngineSocket, image: string): Promise<unknown> {
  return JSON.parse(await call(engine, "GET", `/images/${image}/json`));
}

export async function removeImage(engine: EngineSocket, image: string): Promise<void> {
  await call(engine, "DELETE", `/images/${image}?force=1`).catch(() => {});
}

/** The archive that `docker save` would make. */
export function saveImage(engine: EngineSocket, image: string): Promise<Buffer> {
  return callForBytes(engine, "GET", `/images/${image}/get`);
}

/** Of an engine that is nobody else's. */
export async function dropAllImages(engine: EngineSocket): Promise<void> {
  const ids = (await call(engine, "GET", "/images/json")).matchAll(/"Id":"([^"]+)"/g);
  for (const [, id = ""] of ids) await call(engine, "DELETE", `/images/${id}?force=1`);
}

/** Removes what the engine has under names that begin so. */
export async function removeImagesOf(engine: EngineSocket, prefix: string): Promise<void> {
  const names = (await call(engine, "GET", "/images/json")).match(/"[^"]+[:@][^"]+"/g) ?? [];
  for (const name of names.map((quoted) => quoted.slice(1, -1))) {
    if (name.startsWith(prefix)) await removeImage(engine, name);
  }
}

async function call(engine: EngineSocket, method: string, path: string, body?: string | ReadStream): Promise<string> {
  return (await callForBytes(engine, method, path, body)).toString();
}

function callForBytes(
  { socket }: EngineSocket,
  method: string,
  path: string,
  body?: string | ReadStream,
): Promise<Buffer> {
  if (socket === undefined) throw new Error("these tests reach an engine by its socket");
  const type = typeof body === "string" ? "application/json" : "application/x-tar";
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        method,
        path,
        headers: { Host: "docker", "Content-Type": type },
        createConnection: () => createConnection({ path: socket, allowHalfOpen: true }),
      },
      (response) => {
        buffer(response).then((answer) => {
          if ((response.statusCode ?? 500) < 400) resolve(answer);
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${answer}`));
        }, reject);
      },
    );
    sent.once("error", reject);
    if (body === undefined || typeof body === "string") sent.end(body);
    else body.pipe(sent);
  });
}
