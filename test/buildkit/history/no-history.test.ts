import { expect, onTestFinished, test } from "vitest";
import { InfoRequest, InfoResponse } from "../../../src/buildkit/gen/control.ts";
import type { Method } from "../../../src/buildkit/rpc/method.ts";
import { openRemoteNode } from "../../../src/drivers/remote/open.ts";
import type { BuildHistory } from "../../../src/execute/build-history.ts";
import { definitionOf, startGrpcServer } from "../rpc/grpc-peer.ts";
import { temporaryFolder } from "../rpc/sockets.ts";

const info: Method<InfoRequest, InfoResponse> = {
  path: "/moby.buildkit.v1.Control/Info",
  request: InfoRequest,
  response: InfoResponse,
};

/** Of a daemon from before there were records: it answers everything but `Info` with UNIMPLEMENTED. */
async function historyOfOldDaemon(): Promise<BuildHistory> {
  const path = await startGrpcServer((server) => {
    const definition = definitionOf(info, { request: false, response: false });
    server.addService(
      { info: definition },
      { info: (_: unknown, answer: (error: null, value: InfoResponse) => void) => answer(null, InfoResponse.create()) },
    );
  });
  const homeFolder = temporaryFolder();
  const environment = { variables: {}, homeFolder, platform: process.platform };
  const node = await openRemoteNode({ environment, name: "old", endpoint: `unix://${path}` });
  onTestFinished(() => node.close());
  const history = await node.openHistory?.();
  if (history === undefined) throw new Error("the node opens no history");
  return history;
}

const attachment = { digest: `sha256:${"0".repeat(64)}`, sizeBytes: 1, type: "x" };

test.each<[string, (history: BuildHistory, signal: AbortSignal) => Promise<unknown>]>([
  ["are listed", (history, signal) => history.records(signal)],
  ["are looked for", (history, signal) => history.records(signal, "abc")],
  ["are replayed", (history, signal) => history.replay("abc", () => {}, signal)],
  ["are removed", (history, signal) => history.remove("abc", signal)],
  ["have attachments read", (history, signal) => history.attachment(attachment, signal)],
])("a daemon that keeps no records says so when they %s", async (_, ask) => {
  const history = await historyOfOldDaemon();
  await expect(ask(history, new AbortController().signal)).rejects.toMatchObject({
    code: "buildkit/no-history",
    message: expect.stringMatching(/^the node remote \(unix:.*\) cannot tell of past builds: it keeps no records$/),
    hint: expect.stringContaining("0.11"),
  });
});
