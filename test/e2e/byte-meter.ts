/** Counts what goes over a socket. */
import { once } from "node:events";
import { createConnection, createServer } from "node:net";
import type { Duplex } from "node:stream";

export interface ByteMeter extends AsyncDisposable {
  /** Of the clients, since the last call. */
  take(): { readonly sent: number; readonly received: number };
}

/** Listens at `path` and joins each client to what listens at `target`. */
export async function openByteMeter(path: string, target: string): Promise<ByteMeter> {
  const open = new Set<Duplex>();
  let [sent, received] = [0, 0];
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const daemon = createConnection({ path: target, allowHalfOpen: true });
    client.on("data", (data: Buffer) => {
      sent += data.length;
    });
    daemon.on("data", (data: Buffer) => {
      received += data.length;
    });
    for (const [stream, other] of [
      [client, daemon],
      [daemon, client],
    ] as const) {
      open.add(stream);
      stream.on("error", () => {});
      stream.once("close", () => {
        open.delete(stream);
        other.destroy();
      });
    }
    client.pipe(daemon);
    daemon.pipe(client);
  });
  server.listen(path);
  await once(server, "listening");
  return {
    take: () => {
      const counted = { sent, received };
      [sent, received] = [0, 0];
      return counted;
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      for (const stream of open) stream.destroy();
      await closed;
    },
  };
}
