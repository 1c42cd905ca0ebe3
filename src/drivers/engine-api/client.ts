/**
 * A small client of the Docker Engine API: HTTP/1.1 over whatever byte stream reaches the engine. One connection a call; the calls
 * are few.
 */
import {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
  request,
} from "node:http";
import type { Duplex, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { messageOf, TsbakeError } from "../../base/errors.ts";
import { isRecord, stringField } from "../../base/json-shape.ts";
import { stripControl } from "../../base/text.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { withDeadline } from "../deadline.ts";
import { dial } from "../dial.ts";
import type { DockerEndpoint } from "../docker/endpoint.ts";
import { engineUnreachable } from "./unreachable.ts";

/** The newest version of the API this client was written for; older engines are spoken to in theirs. */
const newestVersion = "1.51";
/** The first version of the API, 1.x, with `manifests` in the answers about images. */
const manifestsSince = 48;
const usualTimeoutMs = 20_000;
const maxAnswerBytes = 16 << 20;

/** The engine answered, and refused. */
export class EngineRefusal extends TsbakeError {
  readonly status: number;

  constructor(what: string, status: number, message: string) {
    super("drivers/engine-refused", `the Docker engine refused to ${what}: ${message || `HTTP status ${status}`}`, {
      retryable: status >= 500 && status !== 501,
    });
    this.status = status;
  }
}

export interface EngineVersion {
  readonly version: string;
  readonly apiVersion: string;
  readonly os: string;
  readonly arch: string;
}

export interface EngineInfo {
  readonly serverVersion: string;
  /** The name of the storage driver: `overlayfs`, `overlay2`. */
  readonly driver: string;
  /** Images live in containerd: several platforms, attestations and OCI archives are possible. */
  readonly containerdStore: boolean;
}

export interface EngineClientOptions {
  /** Default: the newest that both speak. */
  readonly apiVersion?: string;
  /** Default: 20 seconds. */
  readonly answerTimeoutMs?: number;
}

export class EngineClient {
  /** How long it waits for answers that take the engine no work. */
  readonly answerTimeoutMs: number;
  readonly #endpoint: DockerEndpoint;
  readonly #pinnedVersion: string | undefined;
  #negotiated: Promise<string> | undefined;

  constructor(endpoint: DockerEndpoint, options: EngineClientOptions = {}) {
    this.answerTimeoutMs = options.answerTimeoutMs ?? usualTimeoutMs;
    this.#endpoint = endpoint;
    this.#pinnedVersion = options.apiVersion;
  }

  /** Asks whether an engine is there. Returns the newest API version it speaks. */
  async ping(signal: AbortSignal): Promise<string> {
    const { headers } = await this.#call({ what: "answer a ping", method: "GET", path: "/_ping" }, signal);
    const version = headers["api-version"];
    if (typeof version === "string") return version;
    throw new TsbakeError("drivers/no-engine", `what answers at ${this.#endpoint.host} is not a Docker engine`);
  }

  async version(signal: AbortSignal): Promise<EngineVersion> {
    const body = await this.#getJson("tell its version", "/version", signal);
    const text = (name: string): string => stringField(body, name) ?? "";
    return { version: text("Version"), apiVersion: text("ApiVersion"), os: text("Os"), arch: text("Arch") };
  }

  async info(signal: AbortSignal): Promise<EngineInfo> {
    const body = await this.#getJson("describe itself", "/info", signal);
    const status = isRecord(body) && Array.isArray(body.DriverStatus) ? body.DriverStatus : [];
    const containerdStore = status.some((row) => Array.isArray(row) && row[1] === "io.containerd.snapshotter.v1");
    return {
      serverVersion: stringField(body, "ServerVersion") ?? "",
      driver: stringField(body, "Driver") ?? "",
      containerdStore,
    };
  }

  /**
   * Loads images from an archive (`docker save` or OCI layout, as tar). Returns what the engine said, a line each. Rejects with a
   * TsbakeError when it refuses the archive or cannot unpack it.
   */
  async loadImages(archive: Readable, signal: AbortSignal): Promise<readonly string[]> {
    const headers = { "Content-Type": "application/x-tar" };
    const path = await this.#versioned("/images/load?quiet=1", signal);
    const answer = await this.#call({ what: "load an image", method: "POST", path, headers, body: archive }, signal);
    return readMessages(answer.body);
  }

  /**
   * True when the image of that digest (of its manifest or index; of its configuration, where the engine keeps images in layers of its own)
   * is there as a whole. Of an index, all parts have to be; an engine that does not tell of them is taken to lack some.
   */
  async hasImage(digest: string, signal: AbortSignal): Promise<boolean> {
    try {
      const image = await this.#getJson(
        "look up an image",
        `/images/${encodeURIComponent(digest)}/json?manifests=1`,
        signal,
      );
      if (!isRecord(image) || image.Id !== digest) return false;
      const { Manifests: parts, GraphDriver: layers, Descriptor: descriptor } = image;
      if (Array.isArray(parts) && parts.length > 0)
        return parts.every((part) => isRecord(part) && part.Available === true);
      return descriptor === undefined && layers !== undefined;
    } catch (error) {
      if (error instanceof EngineRefusal && error.status === 404) return false;
      throw error;
    }
  }

  /** Whether the engine says of the manifests of an image which of them it has all of. */
  async tellsManifests(signal: AbortSignal): Promise<boolean> {
    return minorOf(await this.#apiVersion(signal)) >= manifestsSince;
  }

  /** The IDs of all its images, the youngest first. */
  async imageIds(signal: AbortSignal): Promise<readonly string[]> {
    const listed = await this.#getJson("list its images", "/images/json", signal);
    const images: readonly unknown[] = Array.isArray(listed) ? listed : [];
    return images.flatMap((image) => stringField(image, "Id") ?? []);
  }

  /** The diff IDs of an image's layers, the lowest first; none when the image has gone. */
  async imageLayers(id: string, signal: AbortSignal): Promise<readonly Digest[]> {
    try {
      const image = await this.#getJson("look up an image", `/images/${encodeURIComponent(id)}/json`, signal);
      const rootfs = isRecord(image) && isRecord(image.RootFS) ? image.RootFS : {};
      const layers: readonly unknown[] = Array.isArray(rootfs.Layers) ? rootfs.Layers : [];
      return layers.filter((each): each is Digest => typeof each === "string" && isDigest(each));
    } catch (error) {
      if (error instanceof EngineRefusal && error.status === 404) return [];
      throw error;
    }
  }

  /** Names an image that is there: `app`, `localhost:5000/app:1.0`. Rejects with a TsbakeError when it is not. */
  async tagImage(image: string, name: string, signal: AbortSignal): Promise<void> {
    const colon = name.indexOf(":", name.lastIndexOf("/") + 1);
    const [repository, tag] = colon === -1 ? [name, "latest"] : [name.slice(0, colon), name.slice(colon + 1)];
    const query = new URLSearchParams({ repo: repository, tag });
    const path = await this.#versioned(`/images/${encodeURIComponent(image)}/tag?${query}`, signal);
    await this.#call({ what: `name an image ${name}`, method: "POST", path }, signal);
  }

  /**
   * Asks for a plain byte stream to what is behind a path (`/grpc`, `/session`). The engine drops bytes that come before its 101, so
   * the stream is handed over only then. A header may come several times.
   */
  async upgrade(
    path: string,
    signal: AbortSignal,
    more: ReadonlyMap<string, readonly string[]> = new Map(),
  ): Promise<Duplex> {
    const headers = { ...this.#headers(), Connection: "Upgrade", Upgrade: "h2c", ...Object.fromEntries(more) };
    return withDeadline(signal, this.answerTimeoutMs, async (limited) => {
      const call = await this.#open({ method: "POST", path, headers }, limited);
      return this.#abortable(call, limited, (resolve, reject) => {
        call.once("upgrade", (_response, stream, head) => {
          if (head.length > 0) stream.unshift(head);
          resolve(stream);
        });
        call.once("response", (response) => {
          response.resume();
          reject(
            new EngineRefusal("open a build connection", response.statusCode ?? 0, "its BuildKit is not available"),
          );
        });
        call.end();
      });
    });
  }

  async #getJson(what: string, path: string, signal: AbortSignal): Promise<unknown> {
    const { body } = await this.#call({ what, method: "GET", path: await this.#versioned(path, signal) }, signal);
    try {
      return JSON.parse(body);
    } catch (error) {
      throw new TsbakeError("drivers/engine-refused", `the Docker engine's answer to ${path} is not JSON`, {
        cause: error,
      });
    }
  }

  async #versioned(path: string, signal: AbortSignal): Promise<string> {
    return `/v${await this.#apiVersion(signal)}${path}`;
  }

  async #apiVersion(signal: AbortSignal): Promise<string> {
    if (this.#pinnedVersion !== undefined) return this.#pinnedVersion;
    this.#negotiated ??= this.ping(signal).then((offered) => olderVersion(offered, newestVersion));
    try {
      return await this.#negotiated;
    } catch (error) {
      this.#negotiated = undefined;
      throw error;
    }
  }

  #headers(): Readonly<Record<string, string>> {
    return { Host: "docker", "User-Agent": "tsbake", ...Object.fromEntries(this.#endpoint.headers) };
  }

  /** Sends a call and returns its successful answer; the whole of a call without a body, to the answer's last byte, is limited in time. */
  async #call(wanted: Call, signal: AbortSignal): Promise<Answer> {
    const send = async (limited: AbortSignal): Promise<Answer> => {
      const call = await this.#open({ ...wanted, headers: { ...this.#headers(), ...wanted.headers } }, limited);
      const response = await this.#abortable<IncomingMessage>(call, limited, (resolve, reject) => {
        call.once("response", resolve);
        // An engine that refuses a body half way answers and closes; the answer says more than the broken pipe.
        if (wanted.body === undefined) call.end();
        else pipeline(wanted.body, call).catch((error) => setImmediate(() => reject(error)));
      });
      const body = await readAll(response).catch((error: unknown) => {
        throw error instanceof TsbakeError ? error : this.#explain(error, limited);
      });
      const { statusCode = 0, headers } = response;
      if (statusCode < 300) return { headers, body };
      throw new EngineRefusal(wanted.what, statusCode, refusalText(body));
    };
    return wanted.body === undefined ? withDeadline(signal, this.answerTimeoutMs, send) : send(signal);
  }

  async #open(options: RequestOptions, signal: AbortSignal): Promise<ClientRequest> {
    const stream = await dial(this.#endpoint.address, signal).catch((error: unknown) => {
      throw this.#explain(error, signal);
    });
    return request({ ...options, createConnection: () => stream, signal });
  }

  #abortable<T>(
    call: ClientRequest,
    signal: AbortSignal,
    start: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const fail = (error: unknown): void =>
        reject(error instanceof EngineRefusal ? error : this.#explain(error, signal));
      call.on("error", fail);
      start(resolve, fail);
    });
  }

  #explain(error: unknown, signal: AbortSignal): unknown {
    if (signal.aborted && error !== signal.reason) return this.#explain(signal.reason, signal);
    return engineUnreachable(this.#endpoint, error);
  }
}

interface Call {
  /** Completes "the engine refused to …". */
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readable;
}

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function olderVersion(a: string, b: string): string {
  return minorOf(a) < minorOf(b) ? a : b;
}

function minorOf(version: string): number {
  return Number(version.split(".")[1] ?? 0);
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > maxAnswerBytes)
      throw new TsbakeError("drivers/engine-refused", "the Docker engine's answer is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function refusalText(body: string): string {
  try {
    return stripControl(stringField(JSON.parse(body), "message") ?? "");
  } catch {
    return stripControl(body.slice(0, 300)).trim();
  }
}

/** Reads a stream of JSON messages; the engine reports success with status 200 before it knows. */
function readMessages(body: string): readonly string[] {
  const said: string[] = [];
  for (const line of body.split("\n")) {
    if (line.trim() === "") continue;
    const message = parseMessage(line);
    const error = stringField(message, "error");
    if (error !== undefined) throw new EngineRefusal("load an image", 500, stripControl(error));
    const text = stripControl(stringField(message, "stream") ?? "").trim();
    if (text.startsWith("Error unpacking image")) throw new EngineRefusal("load an image", 500, text);
    if (text !== "") said.push(text);
  }
  return said;
}

function parseMessage(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new TsbakeError("drivers/engine-refused", `the Docker engine answered nonsense: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
