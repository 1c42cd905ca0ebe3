import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { DockerEndpoint } from "../../../src/drivers/docker/endpoint.ts";
import { EngineClient } from "../../../src/drivers/engine-api/client.ts";
import { lackingChains, lackingContent } from "../../../src/drivers/engine-api/held-layers.ts";
import type { ImageLayer } from "../../../src/exporters/engine-load/image-parts.ts";
import { chainIds } from "../../../src/oci/chain-id.ts";
import { mediaTypes } from "../../../src/oci/descriptor.ts";
import { sha256Digest } from "../../../src/oci/digest.ts";
import { createTempFolder, type TempFolder } from "../../engine/temp-folder.ts";

const signal = new AbortController().signal;
let server: Server | undefined;
let folder: TempFolder | undefined;

afterEach(async () => {
  server?.close();
  await folder?.[Symbol.asyncDispose]();
});

/** An engine that answers with these, by path without the version; everything else is not found. */
async function engineAnswering(
  apiVersion: string,
  answers: Readonly<Record<string, unknown>>,
  answerTimeoutMs = 20_000,
): Promise<EngineClient> {
  folder = await createTempFolder();
  const path = join(folder.path, "e.sock");
  server = createServer((request, response) => {
    const answer = answers[(request.url ?? "").replace(/^\/v[\d.]+/, "")];
    response.setHeader("Api-Version", apiVersion);
    response.statusCode = request.url === "/_ping" || answer !== undefined ? 200 : 404;
    response.end(request.url === "/_ping" ? "OK" : JSON.stringify(answer ?? { message: "no" }));
  });
  server.listen(path);
  await once(server, "listening");
  const endpoint: DockerEndpoint = {
    ...{ context: "default", host: `unix://${path}`, origin: "DOCKER_HOST", address: { kind: "socket", path } },
    headers: new Map(),
    proxyArguments: new Map(),
  };
  return new EngineClient(endpoint, { answerTimeoutMs });
}

const diffIds = ["a", "b", "c"].map((text) => sha256Digest(text));
const layers: readonly ImageLayer[] = chainIds(diffIds).map((chainId, i) => ({
  chainId,
  descriptor: { mediaType: mediaTypes.ociLayerGzip, digest: sha256Digest(`packed ${i}`), size: 1 },
}));
const digests = layers.map(({ descriptor }) => descriptor.digest);

test("an engine that keeps unpacked layers has those of its images, each on the ones below it", async () => {
  const client = await engineAnswering("1.41", {
    "/images/json": [{ Id: "one" }, { Id: "gone" }, { Id: "other" }],
    "/images/one/json": { RootFS: { Layers: diffIds.slice(0, 2) } },
    // The same layer on another base is another.
    "/images/other/json": { RootFS: { Layers: diffIds.slice(2) } },
  });
  const known = new Map<string, readonly string[]>();
  expect(await lackingChains(client, { layers, known, signal })).toEqual(new Set([digests[2]]));
  expect([...known.keys()].toSorted()).toEqual(["gone", "one", "other"]);
});

test("an engine that does not list its images tells nothing", async () => {
  const client = await engineAnswering("1.41", {});
  expect(await lackingChains(client, { layers, known: new Map(), signal })).toBeUndefined();
});

test.each(["1.47", "1.48"])("an engine of version %s that does not show its content tells nothing", async (version) => {
  expect(await lackingContent(await engineAnswering(version, {}), layers, signal)).toBeUndefined();
});

test("an engine that is silent about its content tells nothing", async () => {
  const client = await engineAnswering("1.51", {}, 150);
  const upgraded: string[] = [];
  server?.on("upgrade", (request, socket) => {
    upgraded.push(request.url ?? "");
    socket.on("error", () => {}).resume();
    socket.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
  });
  expect(await lackingContent(client, layers, signal)).toBeUndefined();
  expect(upgraded).toEqual(["/grpc"]);
});
