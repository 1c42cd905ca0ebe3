/** SSH agents as sockets, which is how programs reach them. */
import { once } from "node:events";
import { lstat, mkdir, readdir, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isRunning, processIdentity } from "../../execute/process-identity.ts";
import type { SshAgent } from "../../execute/ssh/find-agents.ts";
import { dialKeyAgent } from "../../execute/ssh/key-agent.ts";
import type { SshKey } from "../../execute/ssh/private-key.ts";

export interface AgentLease {
  /** Absolute. */
  readonly socket: string;
  /** To be called when nothing uses the socket any more. Never rejects. */
  readonly close: () => Promise<void>;
}

/** An agent of somebody's is taken as it is. One of ours listens where only this user gets to it, until the lease is closed. */
export async function leaseAgent(agent: SshAgent): Promise<AgentLease> {
  return agent.kind === "keys" ? listen(agent.keys) : { socket: agent.path, close: async () => {} };
}

const prefix = "tsbake-ssh-";
const dayMs = 24 * 3600_000;
const socketName = "agent";
/** Bytes of the path of a socket on any system; what is longer is cut off without a word. */
const longestSocket = 103;
/** For folders whose usual path would be too long for a socket in them. */
const shortPlace = "/tmp";

/** Removes what killed processes left behind; those that cannot be asked after are given a day. Never rejects. */
export async function removeDeadAgents(): Promise<void> {
  const names = await Promise.all(places().map(async (place) => namesIn(place)));
  for (const [place, name] of names.flat()) {
    const folder = join(place, name);
    try {
      const { mtimeMs, uid } = await lstat(folder);
      const isOwn = uid === process.geteuid?.();
      if (isOwn && !isRunning(name.slice(prefix.length), Date.now() - mtimeMs - dayMs)) {
        await rm(folder, { recursive: true, force: true });
      }
    } catch {
      // Somebody else has removed it.
    }
  }
}

function places(): readonly string[] {
  return [...new Set([tmpdir(), shortPlace])];
}

async function namesIn(place: string): Promise<readonly (readonly [place: string, name: string])[]> {
  const names = await readdir(place).catch(() => []);
  return names.filter((name) => name.startsWith(prefix)).map((name) => [place, name]);
}

async function listen(keys: readonly SshKey[]): Promise<AgentLease> {
  // Paths of sockets are short, which those of the store may not be. Made anew, for its owner alone.
  const name = `${prefix}${processIdentity()}`;
  const usual = join(tmpdir(), name);
  const folder = Buffer.byteLength(join(usual, socketName)) <= longestSocket ? usual : join(shortPlace, name);
  await mkdir(folder, { mode: 0o700 });
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    // It was on its way when the lease was closed.
    if (!server.listening) return void client.destroy();
    const agent = dialKeyAgent(keys);
    clients.add(client);
    client.on("error", () => agent.destroy());
    client.on("close", () => {
      clients.delete(client);
      agent.destroy();
    });
    agent.on("error", () => client.destroy());
    client.pipe(agent).pipe(client);
  });
  const close = async (): Promise<void> => {
    server.close();
    for (const client of clients) client.destroy();
    await rm(folder, { recursive: true, force: true }).catch(() => {});
  };
  try {
    const socket = join(folder, socketName);
    server.listen(socket);
    await once(server, "listening");
    server.unref();
    return { socket, close };
  } catch (error) {
    await close();
    throw error;
  }
}
