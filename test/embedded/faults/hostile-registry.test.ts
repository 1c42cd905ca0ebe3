/** A registry that lies: refused, with bounds on what it can make us take. */

import { readdirSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { blobsOf, type Lies } from "./layout-of.ts";
import { openScene } from "./scene.ts";
import { tarOf } from "./tar-of.ts";

interface Registry extends AsyncDisposable {
  readonly host: string;
  /** Sent of the blob that has no end, until the reader hung up. */
  readonly sentBytes: () => number;
}

interface Behaviour {
  readonly lies?: Lies;
  /** In place of the true answer to who asks for the manifest, or the layer. */
  readonly manifest?: (response: ServerResponse) => void;
  readonly layer?: (response: ServerResponse) => void;
}

const endless = Buffer.alloc(1 << 20, "x");
const manifestType = "application/vnd.oci.image.manifest.v1+json";

async function startRegistry(behaviour: Behaviour): Promise<Registry> {
  let sent = 0;
  const [layer, config, manifest] = blobsOf(tarOf([{ name: "a", text: "true\n" }]), behaviour.lies);
  const server = createServer(({ url = "", method }, response) => {
    response.on("error", () => {});
    const write = response.write.bind(response);
    response.write = (chunk: Buffer) => {
      sent += chunk.length;
      return write(chunk);
    };
    const wanted = [layer, config, manifest].find((blob) => blob !== undefined && url.includes(blob.digest));
    if (url === "/v2/") response.end();
    else if (method === "HEAD") response.writeHead(200, { "Content-Type": manifestType }).end();
    else if (url.includes("/manifests/") && behaviour.manifest !== undefined) behaviour.manifest(response);
    else if (wanted === layer && wanted !== undefined && behaviour.layer !== undefined) behaviour.layer(response);
    else if (url.includes("/manifests/")) {
      response.writeHead(200, { "Content-Type": manifestType }).end(manifest?.bytes);
    } else if (wanted !== undefined) response.end(wanted.bytes);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    host: `127.0.0.1:${port}`,
    sentBytes: () => sent,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Until whoever reads hangs up; at most 1 GB. */
function sendEndlessly(response: ServerResponse): void {
  let left = 1000;
  const more = (): void => {
    while (left-- > 0 && !response.destroyed) if (!response.write(endless)) return void response.once("drain", more);
    response.destroy();
  };
  more();
}

const zeros = `sha256:${"0".repeat(64)}`;

interface Case extends Behaviour {
  readonly by: string;
  readonly reference?: string;
  readonly refused: RegExp;
}

const cases: readonly Case[] = [
  { by: "another manifest than was asked for", reference: `@${zeros}`, refused: /sha256:0000/ },
  { by: "a manifest that is none", manifest: (response) => response.end("[]"), refused: /manifest/ },
  { by: "a manifest without end", manifest: sendEndlessly, refused: /manifest|MB|large/ },
  {
    by: "a manifest whose layer is named like a path",
    manifest: (response) => {
      const layer = {
        mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
        digest: "sha256:../../../../x",
        size: 1,
      };
      const config = { mediaType: "application/vnd.oci.image.config.v1+json", digest: "../../x", size: 2 };
      response.writeHead(200, { "Content-Type": manifestType });
      response.end(JSON.stringify({ schemaVersion: 2, mediaType: manifestType, config, layers: [layer] }));
    },
    refused: /manifest/,
  },
  { by: "another layer than it names", layer: (response) => response.end("something else"), refused: /sha256:/ },
  { by: "a layer of another size", lies: { size: 7 }, refused: /bytes|sha256:/ },
  { by: "a layer without end", layer: sendEndlessly, refused: /bytes|sha256:/ },
  { by: "a layer that unpacks to another", lies: { diffId: zeros }, refused: /does not unpack to sha256:0000/ },
  {
    by: "a way to a file of the machine",
    layer: (response) => response.writeHead(307, { Location: "file:///etc/passwd" }).end(),
    refused: /redirect|file:/,
  },
  {
    by: "a way without end",
    layer: (response) => response.writeHead(307, { Location: "?again" }).end(),
    refused: /from one address to the next/,
  },
];

test.concurrent.each(cases)("a registry that gives $by", { timeout: 90_000 }, async (behaviour) => {
  using scene = openScene();
  await using registry = await startRegistry(behaviour);
  scene.write({
    Dockerfile: `FROM ${registry.host}/app${behaviour.reference ?? ""}\nCOPY --from=${registry.host}/app${behaviour.reference ?? ""} a /b\n`,
  });
  const { code, said } = await scene.build();
  expect([1, 3], said).toContain(code);
  expect(said).toMatch(behaviour.refused);
  expect(registry.sentBytes()).toBeLessThan(64 << 20);
  expect(readdirSync(join(scene.folder, "out"))).toEqual([]);
  expect(await scene.remains()).toEqual([]);
  expect(scene.unfinished()).toEqual([]);
});
