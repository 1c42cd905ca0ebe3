/** What may be asked of an agent by others than its owner: listing keys and signing with them. */
import type { Duplex } from "node:stream";
import { AgentMessages, AgentProtocolError, agentRefusal, isAllowedRequest } from "./agent-messages.ts";

/** The agent closed its connection while something was asked of it. */
export class AgentGone extends Error {
  override readonly name = "AgentGone";
}

export interface Asker {
  /** Bytes as they come. */
  readonly requests: AsyncIterable<Uint8Array>;
  readonly answer: (message: Buffer) => Promise<void>;
}

/**
 * One request after the other, as the protocol is: each goes to the agent or is refused, then its answer goes back. Resolves when there are
 * no more; rejects with an AgentProtocolError for what is no message, with an AgentGone.
 */
export async function forwardAgent(agent: Duplex, { requests, answer }: Asker): Promise<void> {
  const answers = answersOf(agent);
  const messages = new AgentMessages();
  for await (const chunk of requests) {
    messages.push(chunk);
    for (let request = messages.next(); request !== undefined; request = messages.next()) {
      await answer(isAllowedRequest(request) ? await ask(agent, request, answers) : agentRefusal);
    }
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

function agentGone(cause?: unknown): AgentGone {
  return new AgentGone("the SSH agent closed the connection", { cause });
}
