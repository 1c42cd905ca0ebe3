import type { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { RpcConnection } from "../../../src/buildkit/rpc/connection.ts";
import { serveConnection } from "../../../src/buildkit/rpc/server.ts";
import { dial, listen } from "./sockets.ts";

const clientPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const emptySettings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

test.each([
  [
    "served",
    Buffer.concat([Buffer.from(clientPreface), emptySettings]),
    (stream: Duplex) => serveConnection(stream, new Map()),
  ],
  ["dialled", emptySettings, (stream: Duplex) => new RpcConnection(stream)],
])("a connection that is %s and closed at once, with bytes at hand, takes nothing down", async (_, bytes, open) => {
  const path = await listen((socket) => socket.write(bytes));
  const socket = await dial(path);
  await new Promise((resolve) => socket.once("readable", resolve));
  expect(socket.readableLength).toBeGreaterThan(0);
  // In a microtask, as behind an awaited dial: ticks come after it.
  await Promise.resolve().then(async () => {
    const connection = open(socket);
    await connection.close();
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(socket.destroyed).toBe(true);
});
