import { type ClientRequest, request } from "node:http";
import { createConnection, type NetConnectOpts } from "node:net";
import type { Duplex } from "node:stream";

/** An engine's address: `unix:///path` or `tcp://host:port`. */
export type DockerHost = string;

export interface EngineFacts {
  readonly version: string;
  /** Whether images live in containerd, which multi-platform images, OCI exports and cache exports need. */
  readonly containerdStore: boolean;
}

/** What the engine says of itself; throws when nothing there answers as an engine. */
export async function inspectEngine(host: DockerHost, timeoutMs = 3000): Promise<EngineFacts> {
  const info: unknown = JSON.parse(await get(host, "/info", timeoutMs));
  if (typeof info !== "object" || info === null || !("ServerVersion" in info)) {
    throw new Error(`${host} is not a Docker engine`);
  }
  const status = "DriverStatus" in info ? JSON.stringify(info.DriverStatus) : "";
  return {
    version: String(info.ServerVersion),
    containerdStore: status.includes("io.containerd.snapshotter.v1"),
  };
}

/** Whether the engine accepts requests. */
export function answers(host: DockerHost, timeoutMs = 1000): Promise<boolean> {
  return get(host, "/_ping", timeoutMs).then(
    (body) => body === "OK",
    () => false,
  );
}

/**
 * Opens a plain HTTP/2 byte stream to the engine's BuildKit: `POST /grpc` upgraded to h2c. The engine drops bytes that arrive
 * before it has answered 101, so nothing may be sent earlier; the stream is returned only then.
 */
export function dialBuildkit(host: DockerHost): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const call = request({
      ...callOptions(host),
      path: "/grpc",
      method: "POST",
      headers: { Connection: "Upgrade", Upgrade: "h2c" },
    });
    call.once("upgrade", (_response, socket, head) => {
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    call.once("response", (response) => {
      response.resume();
      reject(new Error(`${host} answered ${response.statusCode} to POST /grpc, not an upgrade`));
    });
    call.once("error", reject);
    call.end();
  });
}

function get(host: DockerHost, path: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const call: ClientRequest = request(
      { ...callOptions(host), path, signal: AbortSignal.timeout(timeoutMs) },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (text: string) => {
          body += text;
        });
        response.once("error", reject);
        response.once("end", () => {
          if (response.statusCode === 200) resolve(body);
          else reject(new Error(`${host}${path} answered ${response.statusCode}`));
        });
      },
    );
    call.once("error", reject);
    call.end();
  });
}

function callOptions(host: DockerHost): {
  readonly headers: Readonly<Record<string, string>>;
  readonly createConnection: () => Duplex;
} {
  const address = parseDockerHost(host);
  return {
    headers: { Host: "docker" },
    createConnection: () => createConnection({ ...address, allowHalfOpen: true }),
  };
}

function parseDockerHost(host: DockerHost): NetConnectOpts {
  const url = new URL(host);
  if (url.protocol === "unix:") return { path: decodeURIComponent(url.pathname) };
  if (url.protocol === "tcp:") return { host: url.hostname, port: Number(url.port || 2375) };
  throw new Error(`${host}: the tests reach an engine by unix:// or tcp:// only`);
}
