/** SSH agents as sockets, which is how programs reach them. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

async function listen(keys: readonly SshKey[]): Promise<AgentLease> {
  // Only its owner may enter a folder that is made so.
  const folder = await mkdtemp(join(tmpdir(), "tsbake-ssh-"));
  const clients = new Set<Socket>();
  const server = createServer((client) => {
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
    const socket = join(folder, "agent");
    server.listen(socket);
    await once(server, "listening");
    server.unref();
    return { socket, close };
  } catch (error) {
    await close();
    throw error;
  }
}
