import { Duplex } from "node:stream";
import * as grpc from "@grpc/grpc-js";
import { describe, expect, onTestFinished, test } from "vitest";
import { BytesMessage } from "../../../src/buildkit/gen/bytes.ts";
import { ReadContentRequest, ReadContentResponse } from "../../../src/buildkit/gen/content.ts";
import { Status } from "../../../src/buildkit/gen/status.ts";
import { RpcConnection } from "../../../src/buildkit/rpc/connection.ts";
import type { Method } from "../../../src/buildkit/rpc/method.ts";
import { RpcError } from "../../../src/buildkit/rpc/status.ts";
import { definitionOf, startGrpcServer } from "./grpc-peer.ts";
import { dial, happening, listen } from "./sockets.ts";

const unary: Method<BytesMessage, BytesMessage> = {
  path: "/test.T/Unary",
  request: BytesMessage,
  response: BytesMessage,
};
const stream: Method<ReadContentRequest, ReadContentResponse> = {
  path: "/test.T/Stream",
  request: ReadContentRequest,
  response: ReadContentResponse,
};
const bidi: Method<BytesMessage, BytesMessage> = {
  path: "/test.T/Bidi",
  request: BytesMessage,
  response: BytesMessage,
};

type UnaryHandler = grpc.handleUnaryCall<BytesMessage, BytesMessage>;
type StreamHandler = grpc.handleServerStreamingCall<ReadContentRequest, ReadContentResponse>;
type BidiHandler = grpc.handleBidiStreamingCall<BytesMessage, BytesMessage>;

interface Handlers {
  readonly unary?: UnaryHandler;
  readonly stream?: StreamHandler;
  readonly bidi?: BidiHandler;
}

async function connected(handlers: Handlers): Promise<RpcConnection> {
  const path = await startGrpcServer((server) => {
    server.addService(
      {
        ...(handlers.unary && { unary: definitionOf(unary, { request: false, response: false }) }),
        ...(handlers.stream && { stream: definitionOf(stream, { request: false, response: true }) }),
        ...(handlers.bidi && { bidi: definitionOf(bidi, { request: true, response: true }) }),
      },
      { ...handlers },
    );
  });
  return opened(new RpcConnection(await dial(path)));
}

function opened(connection: RpcConnection): RpcConnection {
  onTestFinished(() => connection.close());
  return connection;
}

const echo: UnaryHandler = (call, done) => done(null, call.request);
const never: UnaryHandler = () => {};

describe("a call to a grpc-js server", () => {
  test.each([0, 1, 16_384, 70_000, 3 << 20, (16 << 20) - 64])("carries %i bytes there and back", async (size) => {
    const connection = await connected({ unary: echo });
    const data = Buffer.alloc(size, "x");
    const answer = await connection.unary(unary, { data });
    expect(Buffer.compare(answer.data, data)).toBe(0);
  });

  test("carries each value of a metadata key apart", async () => {
    let seen: unknown;
    const connection = await connected({
      unary: (call, done) => {
        seen = call.metadata.get("x-key");
        done(null, call.request);
      },
    });
    await connection.unary(unary, { data: Buffer.alloc(0) }, { metadata: new Map([["x-key", ["one", "zwei ü"]]]) });
    // grpc-js joins what came as two fields.
    expect(seen).toEqual(["one, zwei %C3%BC"]);
  });

  test("fails with the code, message and details of the status", async () => {
    const details = Status.encode({
      code: 9,
      message: "größer",
      details: [{ typeUrl: "t/x", value: Buffer.from("{}") }],
    }).finish();
    const connection = await connected({
      unary: (_, done) => {
        const metadata = new grpc.Metadata();
        metadata.set("grpc-status-details-bin", Buffer.from(details));
        done({ code: 9, details: "größer", metadata });
      },
    });
    const error = await connection.unary(unary, { data: Buffer.alloc(0) }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RpcError);
    expect(error).toMatchObject({ code: "FAILED_PRECONDITION", number: 9, message: "größer", resetCode: undefined });
    expect(error).toMatchObject({ details: [{ typeUrl: "t/x" }] });
  });

  test("of a method that does not exist is UNIMPLEMENTED", async () => {
    const connection = await connected({ unary: echo });
    await expect(connection.unary({ ...unary, path: "/test.T/None" }, { data: Buffer.alloc(0) })).rejects.toMatchObject(
      {
        code: "UNIMPLEMENTED",
      },
    );
  });

  test("is given up at its deadline", async () => {
    const connection = await connected({ unary: never });
    const call = connection.unary(unary, { data: Buffer.alloc(0) }, { timeoutMs: 50 });
    await expect(call).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  });

  test("rejects with the reason of its signal and is cancelled there too", async () => {
    const cancelled = happening();
    const started = happening();
    const connection = await connected({
      unary: (call) => {
        call.on("cancelled", () => cancelled.resolve());
        started.resolve();
      },
    });
    const controller = new AbortController();
    const call = connection.unary(unary, { data: Buffer.alloc(0) }, { signal: controller.signal });
    await started.promise;
    controller.abort(new Error("enough"));
    await expect(call).rejects.toThrow("enough");
    await cancelled.promise;
  });

  test("with a signal that aborted before is not made", async () => {
    const connection = await connected({ unary: echo });
    const call = connection.unary(unary, { data: Buffer.alloc(0) }, { signal: AbortSignal.abort(new Error("late")) });
    await expect(call).rejects.toThrow("late");
  });

  test("answered with more than the limit is RESOURCE_EXHAUSTED", async () => {
    const connection = await connected({ unary: (_, done) => done(null, { data: Buffer.alloc((16 << 20) + 1) }) });
    await expect(connection.unary(unary, { data: Buffer.alloc(0) })).rejects.toMatchObject({
      code: "RESOURCE_EXHAUSTED",
    });
  });

  test("answered with bytes that are no message is INTERNAL", async () => {
    const path = await startGrpcServer((server) => {
      const definition = definitionOf(unary, { request: false, response: false });
      const garbage = { ...definition, responseSerialize: () => Buffer.from([0x0a, 0x50, 1]) };
      server.addService({ unary: garbage }, { unary: echo });
    });
    const connection = opened(new RpcConnection(await dial(path)));
    await expect(connection.unary(unary, { data: Buffer.alloc(0) })).rejects.toMatchObject({ code: "INTERNAL" });
  });
});

describe("a stream of answers", () => {
  test("arrives whole and in order, with a status at the end", async () => {
    const connection = await connected({
      stream: (call) => {
        for (let i = 0; i < 300; i++) call.write({ offset: BigInt(i), data: Buffer.alloc(20_000) });
        call.emit("error", { code: grpc.status.ABORTED, details: "no more" });
      },
    });
    const offsets: bigint[] = [];
    const read = async (): Promise<void> => {
      for await (const { offset } of connection.serverStream(stream, { digest: "", offset: 0n, size: 0n })) {
        offsets.push(offset);
      }
    };
    await expect(read()).rejects.toMatchObject({ code: "ABORTED", message: "no more" });
    expect(offsets).toEqual(Array.from({ length: 300 }, (_, i) => BigInt(i)));
  });

  test("ends at the server when the reader leaves", async () => {
    const cancelled = happening();
    const connection = await connected({
      stream: (call) => {
        call.on("cancelled", () => cancelled.resolve());
        call.write({ offset: 1n, data: Buffer.alloc(0) });
      },
    });
    for await (const { offset } of connection.serverStream(stream, { digest: "", offset: 0n, size: 0n })) {
      expect(offset).toBe(1n);
      break;
    }
    await cancelled.promise;
  });

  test("holds a server back that is faster than its reader", async () => {
    let sent = 0;
    const connection = await connected({
      stream: (call) => {
        const more = (): void => {
          while (sent < 2000 && call.write({ offset: BigInt(sent++), data: Buffer.alloc(64 << 10) }));
          if (sent < 2000) call.once("drain", more);
          else call.end();
        };
        more();
      },
    });
    const answers = connection.serverStream(stream, { digest: "", offset: 0n, size: 0n });
    await answers.next();
    await new Promise((resolve) => setTimeout(resolve, 300));
    // 125 MB are to come; windows and buffers hold a few.
    expect(sent).toBeLessThan(300);
    let read = 1;
    for await (const _ of answers) read++;
    expect(read).toBe(2000);
  });
});

describe("a stream both ways", () => {
  test("answers while questions are asked, and ends when both are done", async () => {
    const connection = await connected({
      bidi: (call) => {
        call.on("data", (message) => call.write(message));
        call.on("end", () => call.end());
      },
    });
    const call = connection.bidi(bidi);
    for (let i = 0; i < 100; i++) {
      await call.send({ data: Buffer.from([i]) });
      expect((await call.receive())?.data[0]).toBe(i);
    }
    call.end();
    expect(await call.receive()).toBeUndefined();
  });

  test("holds a writer back that is faster than the server", async () => {
    const connection = await connected({ bidi: (call) => void call.pause() });
    const call = connection.bidi(bidi);
    let written = 0;
    const write = (async () => {
      for (;;) {
        await call.send({ data: Buffer.alloc(256 << 10) });
        written++;
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(written).toBeLessThan(64);
    call.cancel(new Error("stop"));
    await expect(write).rejects.toThrow("stop");
  });
});

describe("a connection that is lost", () => {
  test.each([
    ["cut", (socket: Duplex) => socket.destroy()],
    ["ended", (socket: Duplex) => socket.end()],
    ["answered by something that is not HTTP/2", (socket: Duplex) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")],
  ])("(%s) fails the calls on it and every later one", async (_, end) => {
    const path = await listen((socket) => socket.once("data", () => end(socket)));
    const connection = opened(new RpcConnection(await dial(path)));
    const lost = { code: "buildkit/connection-lost", retryable: true };
    await expect(connection.unary(unary, { data: Buffer.alloc(0) })).rejects.toMatchObject(lost);
    expect(await connection.closed).toMatchObject(lost);
    await expect(connection.unary(unary, { data: Buffer.alloc(0) })).rejects.toMatchObject(lost);
    expect(await connection.alive(1000)).toBe(false);
  });

  test("by our own closing is no loss", async () => {
    const connection = await connected({ unary: never });
    const call = connection.unary(unary, { data: Buffer.alloc(0) });
    await Promise.all([expect(call).rejects.toMatchObject({ code: "buildkit/connection-closed" }), connection.close()]);
    expect(await connection.closed).toBeUndefined();
  });
});

test("a daemon that says nothing is not alive, one that knows no Info is", async () => {
  const silent = opened(new RpcConnection(await dial(await listen(() => {}))));
  expect(await silent.alive(100)).toBe(false);
  const old = await connected({ unary: echo });
  expect(await old.alive(5000)).toBe(true);
});

test("calls over a stream that is no socket work as well", async () => {
  const path = await startGrpcServer((server) => {
    server.addService({ unary: definitionOf(unary, { request: false, response: false }) }, { unary: echo });
  });
  const socket = await dial(path);
  const wrapped = Duplex.from({ readable: socket, writable: socket });
  const connection = opened(new RpcConnection(wrapped));
  const data = Buffer.alloc(2 << 20, 7);
  expect(Buffer.compare((await connection.unary(unary, { data })).data, data)).toBe(0);
});
