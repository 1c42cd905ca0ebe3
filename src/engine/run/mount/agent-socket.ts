/** A socket for a command that leads to an agent on this machine: one of ours, so that it can belong to whom the command runs as. */
import { chmodSync, chownSync, closeSync, constants, openSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { forwardAgent } from "../../../execute/ssh/forward-agent.ts";

export interface AgentSocket {
  /** Absolute. */
  readonly file: string;
  readonly close: () => void;
}

export interface AgentAccess {
  /** Of the agent. */
  readonly socket: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Listens in the folder. Every connection is one to the agent, of which keys can be listed and signed with, nothing else. */
export async function openAgentSocket(folder: string, name: string, access: AgentAccess): Promise<AgentSocket> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const agent = connect(access.socket);
    const end = (): void => {
      client.destroy();
      agent.destroy();
    };
    for (const socket of [client, agent]) {
      open.add(socket);
      socket.on("error", end);
      socket.on("close", () => open.delete(socket));
    }
    forwardAgent(agent, { requests: client, answer: (message) => write(client, message) })
      // A command that says what is no message, an agent that goes away: the connection ends.
      .catch(() => {})
      .finally(end);
  });
  const handle = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    // Addresses of sockets are short: 107 bytes, whatever the path of the folder.
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(`/proc/self/fd/${handle}/${name}`, resolve);
    });
  } finally {
    closeSync(handle);
  }
  server.unref();
  const file = join(folder, name);
  chownSync(file, access.uid, access.gid);
  chmodSync(file, access.mode);
  return {
    file,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

/** Resolves when there is room for more. */
function write(socket: Socket, message: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(message, (error) => (error ? reject(error) : resolve()));
  });
}
