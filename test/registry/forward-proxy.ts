/** A proxy on loopback that takes every name for one server. */
import { createServer, request as httpRequest } from "node:http";
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface ForwardProxy {
  readonly url: string;
  /** Method and target of each request. */
  readonly asked: string[];
}

export async function forwardProxy(port: number, authorization?: string): Promise<ForwardProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (authorization !== undefined && request.headers["proxy-authorization"] !== authorization) {
      response.writeHead(407).end();
      return;
    }
    const { pathname, search } = new URL(request.url ?? "/");
    const { method, headers } = request;
    const onward = httpRequest({ host: "127.0.0.1", port, path: pathname + search, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  server.on("connect", (request, client: Socket) => {
    asked.push(`CONNECT ${request.url}`);
    client.on("error", () => {});
    if (authorization !== undefined && request.headers["proxy-authorization"] !== authorization) {
      client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      return;
    }
    const target = connect(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      client.pipe(target).pipe(client);
    });
    target.on("error", () => client.destroy());
    client.on("close", () => target.destroy());
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`, asked };
}
