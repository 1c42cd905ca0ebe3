import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { Duplex } from "node:stream";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { TsbakeError } from "../../../src/base/errors.ts";
import { InfoRequest, InfoResponse } from "../../../src/buildkit/gen/control.ts";
import { NodeConnection } from "../../../src/buildkit/node/node-connection.ts";
import type { NodeTransport } from "../../../src/buildkit/node/transport.ts";
import * as control from "../../../src/buildkit/rpc/control-methods.ts";
import { serveConnection, unaryHandler } from "../../../src/buildkit/rpc/server.ts";

const servers: Server[] = [];
const never = new AbortController().signal;

afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

/** A daemon that knows Control.Info alone. */
async function daemon(onConnection: (socket: Duplex) => void = () => {}): Promise<() => Promise<Duplex>> {
  const info = unaryHandler(
    { path: "/moby.buildkit.v1.Control/Info", request: InfoRequest, response: InfoResponse },
    async () => InfoResponse.create(),
  );
  const server = createServer((socket) => {
    onConnection(socket);
    serveConnection(socket, new Map([info]));
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const { port } = isAddress(address) ? address : { port: 0 };
  return async () => {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return socket;
  };
}

function isAddress(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === "object" && address !== null;
}

function transport(dial: NodeTransport["dial"], settings: Partial<NodeTransport> = {}): NodeTransport {
  return {
    ...{
      name: "test",
      description: "test",
      kind: "buildkitd",
      authority: "localhost",
      readyWithinMs: 0,
      readyWhenDialled: false,
    },
    explain: (error) => error,
    dial,
    ...settings,
  };
}

test("is one for all who ask, at the same time or later", async () => {
  let dialled = 0;
  const dial = await daemon(() => dialled++);
  const node = new NodeConnection(transport(dial));
  const [a, b] = await Promise.all([node.shared(never), node.shared(never)]);
  expect(b).toBe(a);
  expect(await node.shared(never)).toBe(a);
  expect(dialled).toBe(1);
  await node.close();
});

test("is made anew after it was lost", async () => {
  const sockets: Duplex[] = [];
  const node = new NodeConnection(transport(await daemon((socket) => sockets.push(socket))));
  const first = await node.shared(never);
  sockets[0]?.destroy();
  expect(await first.closed).toMatchObject({ code: "buildkit/connection-lost" });
  const second = await node.shared(never);
  expect(second).not.toBe(first);
  expect(await second.alive(1000)).toBe(true);
  await node.close();
});

test("is tried again while the trouble may pass, and not when it cannot", async () => {
  const dial = await daemon();
  let tries = 0;
  const flaky = async (): Promise<Duplex> => {
    if (++tries < 3) throw new TsbakeError("drivers/refused", "not yet", { retryable: true });
    return dial();
  };
  const node = new NodeConnection(transport(flaky, { readyWithinMs: 5000 }));
  expect(await (await node.shared(never)).alive(1000)).toBe(true);
  expect(tries).toBe(3);
  await node.close();

  tries = 0;
  const broken = new NodeConnection(
    transport(
      async () => {
        tries++;
        throw new TsbakeError("drivers/wrong-name", "never");
      },
      { readyWithinMs: 5000 },
    ),
  );
  await expect(broken.shared(never)).rejects.toMatchObject({ code: "drivers/wrong-name" });
  expect(tries).toBe(1);
  await broken.close();
});

test("one caller's wish to stop does not stop the others", async () => {
  const dial = await daemon();
  const slow = async (): Promise<Duplex> => {
    await new Promise((resolve) => setTimeout(resolve, 200));
    return dial();
  };
  const node = new NodeConnection(transport(slow));
  const controller = new AbortController();
  const impatient = node.shared(controller.signal);
  const patient = node.shared(never);
  const reason = new Error("enough");
  controller.abort(reason);
  await expect(impatient).rejects.toBe(reason);
  expect(await (await patient).alive(1000)).toBe(true);
  await node.close();
});

test("a connection of one's own ends with the node", async () => {
  const node = new NodeConnection(transport(await daemon()));
  const own = await node.separate(never);
  expect(own).not.toBe(await node.shared(never));
  await node.close();
  expect(await own.closed).toBeUndefined();
  await expect(node.shared(never)).rejects.toMatchObject({ code: "buildkit/connection-closed" });
});

test("closing ends what is still being tried", async () => {
  const refused = async (): Promise<Duplex> => {
    throw new TsbakeError("drivers/refused", "not yet", { retryable: true });
  };
  const node = new NodeConnection(transport(refused, { readyWithinMs: 60_000 }));
  const asked = node.shared(never);
  asked.catch(() => {});
  await node.close();
  await expect(asked).rejects.toMatchObject({ code: "buildkit/connection-closed" });
});

test("takes another when many builds have it at once, and comes back to it", async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on("warning", note);
  onTestFinished(() => void process.off("warning", note));
  const node = new NodeConnection(transport(await daemon()));
  const leases = await Promise.all(Array.from({ length: 120 }, () => node.lease(never)));
  expect(new Set(leases.map(({ connection }) => connection)).size).toBe(3);
  const [first] = leases;
  first?.release();
  first?.release();
  expect((await node.lease(never)).connection).toBe(first?.connection);
  expect((await node.lease(never)).connection).not.toBe(first?.connection);
  await node.close();
  expect(warnings).toEqual([]);
});

test("is given up when the daemon falls silent, and what waits on it ends", async () => {
  const dial = await daemon();
  const frozen: (() => void)[] = [];
  // What a stopped process looks like: the connection stands, and nothing comes.
  const freezable = async (): Promise<Duplex> => {
    const [near, far] = [
      await dial(),
      new Duplex({ read: () => void near.resume(), write: (chunk, _, done) => void near.write(chunk, done) }),
    ];
    near.on("data", (chunk) => void far.push(chunk));
    frozen.push(() => void near.removeAllListeners("data").resume());
    far.on("close", () => near.destroy());
    return far;
  };
  const node = new NodeConnection(transport(freezable), { silenceMs: 120, answerWithinMs: 200 });
  const connection = await node.shared(never);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await connection.alive(1000)).toBe(true);
  frozen[0]?.();
  const waiting = connection.unary(control.listWorkers, { filter: [] }, {});
  await expect(waiting).rejects.toMatchObject({ code: "buildkit/connection-closed" });
  await node.close();
});
