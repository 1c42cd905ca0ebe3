/** The SSH agents a target may use, as the session reaches them. */
import { type AgentsOptions, dialAgent, findAgents } from "../../execute/ssh/find-agents.ts";
import type { AgentDial } from "../session/ssh.ts";

/** By id. Rejects with a BuildFailure for an agent or a key that cannot be used. */
export async function agentDials(options: AgentsOptions): Promise<ReadonlyMap<string, AgentDial>> {
  const agents = await findAgents(options);
  return new Map([...agents].map(([id, agent]) => [id, () => dialAgent(agent)]));
}
