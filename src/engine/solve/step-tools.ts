/** What a target hands to its commands: secrets and agents. */
import type { HostEnvironment } from "../../base/host-environment.ts";
import type { Redaction } from "../../base/redaction.ts";
import { BuildFailure, type SolveRequest } from "../../execute/ports.ts";
import { agentId, findAgents } from "../../execute/ssh/find-agents.ts";
import { gitAgents, gitSecrets } from "../../execute/target/git-access.ts";
import { maxSecretBytes, readSecret } from "../../execute/target/secret-value.ts";
import type { Target } from "../../plan/plan.ts";
import { leaseAgent } from "./lease-agent.ts";
import type { StepTools } from "./perform-context.ts";
import { targetGrants } from "./target-grants.ts";

/** A target whose build file was read from elsewhere gets into that place as its build file did. */
export function stepTools(
  { target, workingFolder }: Pick<SolveRequest, "target" | "workingFolder">,
  host: HostEnvironment,
  redaction: Redaction,
): Omit<StepTools, "imported"> {
  const { name, remote } = target;
  const elsewhere =
    remote === undefined
      ? { secret: [], ssh: [] }
      : { secret: gitSecrets(host.variables), ssh: gitAgents(remote.tree.address, host.variables) };
  const secret = [...elsewhere.secret, ...target.secret];
  return toolsOf({ name, workingFolder, secret, ssh: [...elsewhere.ssh, ...target.ssh] }, host, redaction);
}

export interface Given extends Pick<Target, "name" | "secret" | "ssh"> {
  /** Relative paths start here. */
  readonly workingFolder: string;
}

/** Of those of the same id the last one counts. */
export function toolsOf(
  { name, workingFolder, secret: secretEntries, ssh }: Given,
  host: HostEnvironment,
  redaction: Redaction,
): Omit<StepTools, "imported"> {
  const secrets = new Map(secretEntries.map((secret) => [secret.id, secret]));
  const agents = new Map(ssh.map((entry) => [agentId(entry), entry]));
  return {
    grants: targetGrants({ secrets, agents, workingFolder }),
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
      const found = await findAgents({ target: name, ssh: [entry], variables, workingFolder });
      const agent = found.get(id);
      return agent && leaseAgent(agent);
    },
  };
}
