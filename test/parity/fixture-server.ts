/** The files that probes fetch by address, served on this machine. */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import { fixtureFolder } from "./case.ts";

/** Where the probes were recorded; tests put the address of the server there. */
export const recordedAddress = "127.0.0.1:18099";

/** Of every file, as the probes expect it. */
const lastModified = new Date(1_550_000_000_000).toUTCString();

export interface FixtureServer {
  readonly address: string;
  readonly close: () => Promise<void>;
}

export async function serveFixtures(): Promise<FixtureServer> {
  const server = createServer((request, response) => {
    const name = basename(new URL(request.url ?? "/", "http://x").pathname);
    const content = contentOf(name);
    if (content === undefined) {
      response.writeHead(404).end("not here");
      return;
    }
    response.writeHead(200, { "last-modified": lastModified, "content-length": content.length });
    response.end(request.method === "HEAD" ? undefined : content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { address: `127.0.0.1:${portOf(server)}`, close: () => closed(server) };
}

function contentOf(name: string): Buffer | undefined {
  try {
    return readFileSync(join(fixtureFolder, name));
  } catch {
    return undefined;
  }
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
