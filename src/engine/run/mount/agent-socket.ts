/** A socket for a command that leads to an agent on this machine: one of ours, so that it can belong to whom the command runs as. */
import { chmodSync, chownSync, closeSync, constants, openSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";

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

/** Listens in the folder. Every connection is one to the agent. */
export async function openAgentSocket(folder: string, name: string, access: AgentAccess): Promise<AgentSocket> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const agent = connect(access.socket);
    for (const [from, to] of [
      [client, agent],
      [agent, client],
    ] as const) {
      open.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        open.delete(from);
        to.end();
      });
      from.pipe(to);
    }
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
