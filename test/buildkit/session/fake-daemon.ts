/** A daemon played by grpc-js: it accepts a session and calls the services of the client through it. */
import * as grpc from "@grpc/grpc-js";
import { onTestFinished } from "vitest";
import { BytesMessage } from "../../../src/buildkit/gen/bytes.ts";
import { Packet } from "../../../src/buildkit/gen/packet.ts";
import { RpcConnection } from "../../../src/buildkit/rpc/connection.ts";
import { sessionPath } from "../../../src/buildkit/rpc/control-methods.ts";
import type { Method } from "../../../src/buildkit/rpc/method.ts";
import { openSession, type Session, type SessionService } from "../../../src/buildkit/session/session.ts";
import { definitionOf, grpcClient, startGrpcServer } from "../rpc/grpc-peer.ts";
import { dial, happening, listen } from "../rpc/sockets.ts";

type SessionCall = grpc.ServerDuplexStream<BytesMessage, BytesMessage>;

export interface OpenedSession {
  readonly session: Session;
  readonly connection: RpcConnection;
  /** What the session announced of itself. */
  readonly metadata: grpc.Metadata;
  /** Calls the client's services, through the tunnel. */
  readonly client: grpc.Client;
  /** The daemon's end of the tunnel. */
  readonly tunnel: SessionCall;
}

/** Opens a session with the services at a fake daemon; all is closed after the test. */
export async function withSession(...services: SessionService[]): Promise<OpenedSession> {
  const opened = happening<SessionCall>();
  const path = await startGrpcServer((server) => {
    const method: Method<BytesMessage, BytesMessage> = {
      path: sessionPath,
      request: BytesMessage,
      response: BytesMessage,
    };
    const definition = { session: definitionOf(method, { request: true, response: true }) };
    server.addService(definition, { session: (call: SessionCall) => opened.resolve(call) });
  });
  const connection = new RpcConnection(await dial(path));
  const session = openSession(connection, { id: "session-id", sharedKey: "café:1", name: "app", services });
  onTestFinished(async () => {
    await session.close();
    await connection.close();
  });
  const tunnel = await opened.promise;
  tunnel.on("error", () => {});
  const client = grpcClient(
    await listen((socket) => {
      tunnel.on("data", ({ data }: BytesMessage) => {
        if (!socket.write(data)) tunnel.pause();
      });
      socket.on("drain", () => tunnel.resume());
      socket.on("data", (data: Buffer) => {
        if (!tunnel.write({ data })) socket.pause();
      });
      tunnel.on("drain", () => socket.resume());
      tunnel.on("end", () => socket.destroy());
      tunnel.on("cancelled", () => socket.destroy());
    }),
  );
  return { session, connection, metadata: tunnel.metadata, client, tunnel };
}

/** Calls a method of one question and one answer. */
export function ask<Request, Response>(
  client: grpc.Client,
  method: Method<Request, Response>,
  request: Request,
): Promise<Response> {
  const { path, requestSerialize, responseDeserialize } = definitionOf(method, { request: false, response: false });
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, response) => {
      if (error !== null) reject(error);
      else if (response !== undefined) resolve(response);
    });
  });
}

export function grpcMetadata(entries: readonly (readonly [string, string])[]): grpc.Metadata {
  const metadata = new grpc.Metadata();
  for (const [key, value] of entries) metadata.add(key, value);
  return metadata;
}

/** Opens a stream both ways; `entries` are metadata, a key may come often. */
export function converse<Message>(
  client: grpc.Client,
  method: Method<Message, Message>,
  entries: readonly (readonly [string, string])[] = [],
): grpc.ClientDuplexStream<Message, Message> {
  const metadata = grpcMetadata(entries);
  const { path, requestSerialize, responseDeserialize } = definitionOf(method, { request: true, response: true });
  return client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata);
}

export const fileSync: Method<Packet, Packet> = {
  path: "/moby.filesync.v1.FileSync/DiffCopy",
  request: Packet,
  response: Packet,
};
