/** What a target hands to its commands: secrets and agents. */
import type { HostEnvironment } from "../../base/host-environment.ts";
import type { Redaction } from "../../base/redaction.ts";
import { BuildFailure, type SolveRequest } from "../../execute/ports.ts";
import { agentId, findAgents } from "../../execute/ssh/find-agents.ts";
import { maxSecretBytes, readSecret } from "../../execute/target/secret-value.ts";
import { leaseAgent } from "./lease-agent.ts";
import type { StepTools } from "./perform-step.ts";

export function stepTools(
  { target, workingFolder }: Pick<SolveRequest, "target" | "workingFolder">,
  host: HostEnvironment,
  redaction: Redaction,
): Omit<StepTools, "imported"> {
  const secrets = new Map(target.secret.map((secret) => [secret.id, secret]));
  const agents = new Map(target.ssh.map((entry) => [agentId(entry), entry]));
  return {
    secret: async (id) => {
      const secret = secrets.get(id);
      if (secret === undefined) return undefined;
      const value = await readSecret(secret, { variables: host.variables, workingFolder });
      if (!value.ok) throw new BuildFailure("build/secret", value.message);
      if (value.value.length > maxSecretBytes) {
        throw new BuildFailure("build/secret", `secret ${id} is larger than ${maxSecretBytes} bytes`);
      }
      redaction.add(Buffer.from(value.value).toString("utf8"));
      return value.value;
    },
    agent: async (id) => {
      const entry = agents.get(id);
      if (entry === undefined) return undefined;
      const { variables } = host;
      const found = await findAgents({ target: target.name, ssh: [entry], variables, workingFolder });
      const agent = found.get(id);
      return agent && leaseAgent(agent);
    },
  };
}
