import { createServer, type RequestListener } from "node:http";
import type { Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { type HttpClient, openHttp } from "../../src/registry/http/http-client.ts";
import { readSmallBody } from "../../src/registry/http/small-body.ts";

async function serve(listener: RequestListener): Promise<{ url: URL; sockets: Set<Socket>; client: HttpClient }> {
  const sockets = new Set<Socket>();
  const server = createServer(listener);
  server.on("connection", (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const environment = { variables: {}, homeFolder: "/nowhere", platform: process.platform };
  const client = openHttp(environment, { connectMs: 200, silenceMs: 200 });
  onTestFinished(() => {
    client.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  return { url: new URL(`http://127.0.0.1:${port}/`), sockets, client };
}

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function* pieces(count: number, pauseMs: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) {
    await delay(pauseMs);
    yield Buffer.alloc(1000);
  }
}

describe("an answer", () => {
  test("that never begins, or stops half way, is not waited for forever", async () => {
    const { url, client } = await serve((request, response) => {
      if (request.url === "/half") response.writeHead(200, { "content-length": 10 }).write("half");
    });
    await expect(client.send({ method: "GET", url })).rejects.toMatchObject({
      message: "no answer in time",
      retries: 4,
    });
    const answer = await client.send({ method: "GET", url: new URL("/half", url) });
    await expect(readSmallBody(answer, 100)).rejects.toMatchObject({ message: "the answer stopped", retries: 4 });
  });

  test("is waited for as long as it takes us to read it", async () => {
    const { url, client } = await serve((_, response) => {
      response.end(Buffer.alloc(4 << 20));
    });
    const answer = await client.send({ method: "GET", url });
    let size = 0;
    for await (const chunk of answer.body) {
      if (size === 0) await delay(500);
      size += chunk.length;
    }
    expect(size).toBe(4 << 20);
  });

  test("is waited for while others have the connections", async () => {
    const { url, client } = await serve((_, response) => {
      setTimeout(() => response.end("x"), 120);
    });
    const all = Array.from({ length: 16 }, async () => {
      const answer = await client.send({ method: "GET", url, lane: "content" });
      return (await readSmallBody(answer, 10)).toString();
    });
    expect(new Set(await Promise.all(all))).toEqual(new Set(["x"]));
  });

  test("is had on a new connection when the server has just closed the kept one", async () => {
    let count = 0;
    const { url, client, sockets } = await serve((request, response) => {
      count++;
      // The second request on a connection finds it closed.
      if (count === 2) request.socket.destroy();
      else response.end("x");
    });
    for (let i = 0; i < 2; i++) {
      const answer = await client.send({ method: "GET", url });
      expect((await readSmallBody(answer, 10)).toString()).toBe("x");
      await delay(10);
    }
    expect([count, sockets.size]).toEqual([3, 2]);
  });

  test("that nobody wants leaves its connection to the next", async () => {
    const { url, client, sockets } = await serve((_, response) => {
      response.end("short");
    });
    for (let i = 0; i < 5; i++) {
      (await client.send({ method: "GET", url })).discard();
      await delay(5);
    }
    expect(sockets.size).toBe(1);
  });
});

describe("a body", () => {
  test("is sent as slowly as it is made", async () => {
    const { url, client } = await serve((request, response) => {
      let size = 0;
      request.on("data", (chunk: Buffer) => (size += chunk.length));
      request.on("end", () => response.end(String(size)));
    });
    const body = { size: 3000, chunks: pieces(3, 300) };
    const answer = await client.send({ method: "PUT", url, body, lane: "content" });
    expect((await readSmallBody(answer, 10)).toString()).toBe("3000");
  });

  test("that nobody takes is given up", async () => {
    const { url, client } = await serve((request) => {
      request.pause();
    });
    const body = { size: 1 << 30, chunks: pieces(1 << 30, 0) };
    await expect(client.send({ method: "PUT", url, body })).rejects.toMatchObject({ message: "no answer in time" });
  });
});

test("a client that was closed sends nothing", async () => {
  const { url, client } = await serve((_, response) => {
    response.end();
  });
  client.close();
  await expect(client.send({ method: "GET", url })).rejects.toMatchObject({
    message: "the client is closed",
    retries: 0,
  });
});
