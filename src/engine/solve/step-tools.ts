/** What a target hands to its commands: secrets and agents. */
import { resolve } from "node:path";
import type { HostEnvironment } from "../../base/host-environment.ts";
import type { Redaction } from "../../base/redaction.ts";
import { BuildFailure, type SolveRequest } from "../../execute/ports.ts";
import { maxSecretBytes, readSecret } from "../../execute/target/secret-value.ts";
import type { StepTools } from "./perform-step.ts";

export function stepTools(
  { target, workingFolder }: SolveRequest,
  host: HostEnvironment,
  redaction: Redaction,
): StepTools {
  const secrets = new Map(target.secret.map((secret) => [secret.id, secret]));
  const agents = new Map(target.ssh.map((entry) => [entry.id === "" ? "default" : entry.id, entry]));
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
    agent: (id) => {
      const entry = agents.get(id);
      const path = entry === undefined ? undefined : (entry.paths[0] ?? host.variables.SSH_AUTH_SOCK);
      return path === undefined || path === "" ? undefined : resolve(workingFolder, path);
    },
  };
}
