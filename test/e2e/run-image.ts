/** Loading and running an image with a real engine, over its API: no docker program is needed. */
import { createReadStream, type ReadStream } from "node:fs";
import { request } from "node:http";
import { createConnection } from "node:net";
import { text } from "node:stream/consumers";
import type { EngineFound } from "../engine/global-setup.ts";

/** Loads an archive; rejects with what the engine says when it does not take it. */
export async function loadArchive(engine: EngineFound, path: string): Promise<void> {
  const said = await call(engine, "POST", "/images/load?quiet=1", createReadStream(path));
  if (said.includes('"error"')) throw new Error(said);
}

/** Runs the image's own command without a network and returns what it printed. */
export async function runImage(engine: EngineFound, image: string): Promise<string> {
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

export async function inspectImage(engine: EngineFound, image: string): Promise<unknown> {
  return JSON.parse(await call(engine, "GET", `/images/${image}/json`));
}

export async function removeImage(engine: EngineFound, image: string): Promise<void> {
  await call(engine, "DELETE", `/images/${image}?force=1`).catch(() => {});
}

/** Removes what the engine has under names that begin so. */
export async function removeImagesOf(engine: EngineFound, prefix: string): Promise<void> {
  const names = (await call(engine, "GET", "/images/json")).match(/"[^"]+[:@][^"]+"/g) ?? [];
  for (const name of names.map((quoted) => quoted.slice(1, -1))) {
    if (name.startsWith(prefix)) await removeImage(engine, name);
  }
}

function call({ socket }: EngineFound, method: string, path: string, body?: string | ReadStream): Promise<string> {
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
        text(response).then((answer) => {
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
