/** `moby.sshforward.v1.SSH`: lets steps of a build use the keys of SSH agents of ours. */
import type { Duplex } from "node:stream";
import { messageOf } from "../../base/errors.ts";
import { AgentMessages, AgentProtocolError, agentRefusal, isAllowedRequest } from "../../execute/ssh/agent-messages.ts";
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

/** One request after the other, as the protocol is: each goes to the agent or is refused, then its answer goes back. */
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
    const answers = answersOf(agent);
    const requests = new AgentMessages();
    for (let bytes = await call.read(); bytes !== undefined; bytes = await call.read()) {
      requests.push(bytesOfMessage(bytes));
      for (let request = requests.next(); request !== undefined; request = requests.next()) {
        const answer = isAllowedRequest(request) ? await ask(agent, request, answers) : agentRefusal;
        await call.write(bytesMessagePieces([answer]));
      }
    }
  } catch (error) {
    if (!(error instanceof AgentProtocolError)) throw error;
    throw new RpcError("INVALID_ARGUMENT", error.message, { cause: error });
  } finally {
    call.signal.removeEventListener("abort", stop);
    agent.destroy();
  }
}

async function ask(agent: Duplex, request: Buffer, answers: AsyncGenerator<Buffer, void>): Promise<Buffer> {
  if (!agent.destroyed) agent.write(request);
  const { value } = await answers.next().catch((error: unknown) => {
    throw error instanceof AgentProtocolError ? error : agentGone(error);
  });
  if (value === undefined) throw agentGone();
  return value;
}

async function* answersOf(agent: Duplex): AsyncGenerator<Buffer, void> {
  const messages = new AgentMessages();
  for await (const chunk of agent) {
    messages.push(chunk);
    for (let message = messages.next(); message !== undefined; message = messages.next()) yield message;
  }
}

function agentGone(cause?: unknown): RpcError {
  return new RpcError("UNAVAILABLE", "the SSH agent closed the connection", { cause });
}
