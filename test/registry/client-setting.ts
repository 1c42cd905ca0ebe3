import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { HostEnvironment } from "../../src/base/host-environment.ts";
import type { Descriptor } from "../../src/oci/descriptor.ts";
import { sha256Digest } from "../../src/oci/digest.ts";
import type { BlobContent, RegistryClient } from "../../src/registry/client.ts";
import { openRegistry } from "../../src/registry/open-registry.ts";
import { type ManualClock, manualClock } from "./manual-clock.ts";

export interface ClientSetting {
  readonly client: RegistryClient;
  readonly clock: ManualClock;
  readonly troubles: string[];
  readonly environment: HostEnvironment;
}

export interface ClientOptions {
  /** Host to `user:password`. */
  readonly logins?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
  /** Files of the docker configuration folder. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A client on a machine of its own, of which the clock waits for nobody. */
export function clientOn({ logins = {}, variables = {}, files = {} }: ClientOptions = {}): ClientSetting {
  const folder = mkdtempSync(join(tmpdir(), "tsbake-test-"));
  const auths = Object.fromEntries(
    Object.entries(logins).map(([host, login]) => [host, { auth: Buffer.from(login).toString("base64") }]),
  );
  for (const [name, text] of Object.entries({ "config.json": JSON.stringify({ auths }), ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const clock = manualClock();
  const troubles: string[] = [];
  const environment: HostEnvironment = {
    variables: { DOCKER_CONFIG: folder, PATH: process.env.PATH, ...variables },
    homeFolder: folder,
    platform: process.platform,
  };
  const client = openRegistry({ environment, clock, onTrouble: (message) => troubles.push(message) });
  onTestFinished(async () => {
    await client.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { client, clock, troubles, environment };
}

export function blobOf(content: Uint8Array): Descriptor {
  return { mediaType: "application/octet-stream", digest: sha256Digest(content), size: content.length };
}

/** In pieces, from any place. */
export function contentOf(content: Buffer, pieceBytes: number = 64 << 10): BlobContent {
  return async function* (offset) {
    for (let at = offset; at < content.length; at += pieceBytes) yield content.subarray(at, at + pieceBytes);
  };
}

export async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}
