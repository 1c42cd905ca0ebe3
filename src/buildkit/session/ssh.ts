/** `moby.sshforward.v1.SSH`: lets steps of a build use the keys of SSH agents of ours. */
import type { Duplex } from "node:stream";
import { messageOf } from "../../base/errors.ts";
import { AgentProtocolError } from "../../execute/ssh/agent-messages.ts";
import { AgentGone, forwardAgent } from "../../execute/ssh/forward-agent.ts";
import { CheckAgentRequest, CheckAgentResponse } from "../gen/ssh.ts";
import { bytesMessagePieces, bytesOfMessage } from "../rpc/bytes-message.ts";
import { metadataValue } from "../rpc/metadata.ts";
import type { Method } from "../rpc/method.ts";
import { type ServerCall, unaryHandler } from "../rpc/server.ts";
import { RpcError } from "../rpc/status.ts";
import type { SessionService } from "./session.ts";

/** Opens a connection to an agent; rejects when it cannot be reached. */
export type AgentDial = () => Promise<Duplex>;

const checkAgent: Method<CheckAgentRequest, CheckAgentResponse> = {
  path: "/moby.sshforward.v1.SSH/CheckAgent",
  request: CheckAgentRequest,
  response: CheckAgentResponse,
};

/** The agents by id; the one of a `RUN --mount=type=ssh` without an id is `default`. */
export function sshService(agents: ReadonlyMap<string, AgentDial>): SessionService {
  const dial = (id: string): AgentDial => {
    const agent = agents.get(id === "" ? "default" : id);
    if (agent === undefined) throw new RpcError("NOT_FOUND", `unset ssh forward key ${id}`);
    return agent;
  };
  return new Map([
    unaryHandler(checkAgent, async ({ ID: id }) => {
      dial(id);
      return {};
    }),
    [
      "/moby.sshforward.v1.SSH/ForwardAgent",
      async (call: ServerCall) => forward(call, dial(metadataValue(call.metadata, "buildkit.ssh.id") ?? "")),
    ],
  ]);
}

async function forward(call: ServerCall, dial: AgentDial): Promise<void> {
  const agent = await dial().catch((error: unknown) => {
    throw new RpcError("UNAVAILABLE", `the SSH agent cannot be reached: ${messageOf(error)}`, { cause: error });
  });
  const stop = (): void => {
    agent.destroy();
  };
  agent.on("error", stop);
  call.signal.addEventListener("abort", stop, { once: true });
  try {
    await forwardAgent(agent, {
      requests: requestsOf(call),
      answer: async (message) => {
        await call.write(bytesMessagePieces([message]));
      },
    });
  } catch (error) {
    if (error instanceof AgentGone) throw new RpcError("UNAVAILABLE", error.message, { cause: error });
    if (!(error instanceof AgentProtocolError)) throw error;
    throw new RpcError("INVALID_ARGUMENT", error.message, { cause: error });
  } finally {
    call.signal.removeEventListener("abort", stop);
    agent.destroy();
  }
}

async function* requestsOf(call: ServerCall): AsyncGenerator<Uint8Array, void> {
  for (let bytes = await call.read(); bytes !== undefined; bytes = await call.read()) yield bytesOfMessage(bytes);
}
