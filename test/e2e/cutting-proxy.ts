/** Stands before a server and cuts each connection when so many bytes have gone through it. */
import { connect, createServer, type Socket } from "node:net";

export interface CuttingProxy extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly connections: () => number;
  /** Bytes that each new connection may carry in a direction; `Infinity` for all. */
  limit(limits: { readonly up?: number; readonly down?: number }): void;
}

export async function cuttingProxy(target: string): Promise<CuttingProxy> {
  const [name = "", port = ""] = target.split(":");
  const sockets = new Set<Socket>();
  let connections = 0;
  let up = Number.POSITIVE_INFINITY;
  let down = Number.POSITIVE_INFINITY;
  const server = createServer((client) => {
    connections++;
    const upstream = connect(Number(port), name);
    const both = [client, upstream];
    const cut = (): void => {
      for (const socket of both) socket.destroy();
    };
    for (const socket of both) {
      sockets.add(socket);
      socket.on("error", cut);
      socket.on("close", () => {
        sockets.delete(socket);
        cut();
      });
    }
    carry(client, upstream, up, cut);
    carry(upstream, client, down, cut);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    host: `127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    connections: () => connections,
    limit: (limits) => {
      up = limits.up ?? Number.POSITIVE_INFINITY;
      down = limits.down ?? Number.POSITIVE_INFINITY;
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function carry(from: Socket, to: Socket, most: number, cut: () => void): void {
  let left = most;
  from.on("data", (chunk: Buffer) => {
    const part = chunk.subarray(0, Math.min(chunk.length, left));
    left -= part.length;
    if (left === 0) to.write(part, () => cut());
    else if (!to.write(part)) {
      from.pause();
      to.once("drain", () => from.resume());
    }
  });
  from.on("end", () => to.end());
}
