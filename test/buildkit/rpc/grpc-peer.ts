/** The independent implementation our wire is held against: grpc-js as a daemon and as a caller. */

import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { onTestFinished } from "vitest";
import type { Method } from "../../../src/buildkit/rpc/method.ts";
import { temporaryFolder } from "./sockets.ts";

/** A method as grpc-js wants it. */
export function definitionOf<Request, Response>(
  method: Method<Request, Response>,
  streams: { readonly request: boolean; readonly response: boolean },
): grpc.MethodDefinition<Request, Response> {
  return {
    path: method.path,
    requestStream: streams.request,
    responseStream: streams.response,
    requestSerialize: (value) => Buffer.from(method.request.encode(value).finish()),
    requestDeserialize: (bytes) => method.request.decode(bytes),
    responseSerialize: (value) => Buffer.from(method.response.encode(value).finish()),
    responseDeserialize: (bytes) => method.response.decode(bytes),
  };
}

/** Serves until the test is over; resolves to the path of its socket. */
export async function startGrpcServer(add: (server: grpc.Server) => void): Promise<string> {
  const server = new grpc.Server({ "grpc.max_receive_message_length": 16 << 20, "grpc.max_send_message_length": -1 });
  add(server);
  const path = join(temporaryFolder(), "s");
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${path}`, grpc.ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    );
  });
  onTestFinished(() => server.forceShutdown());
  return path;
}

/** Calls a socket until the test is over. */
export function grpcClient(path: string): grpc.Client {
  const client = new grpc.Client(`unix:${path}`, grpc.credentials.createInsecure(), {
    "grpc.max_receive_message_length": 16 << 20,
    "grpc.max_send_message_length": -1,
  });
  onTestFinished(() => client.close());
  return client;
}
