/** Names that sound as if they held something secret. */
import type { Findings, Place } from "./finding.ts";

const secret = /(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i;
const harmless = /(?:_|^)(?:public|file|version)(?:_|$)/i;

export function checkSecretName(
  instruction: "ARG" | "ENV",
  name: string,
  { place, findings }: { readonly place: Place; readonly findings: Findings },
): void {
  if (!secret.test(name) || harmless.test(name)) return;
  const message = `Do not use ARG or ENV instructions for sensitive data (${instruction} ${JSON.stringify(name)})`;
  findings.add("SecretsUsedInArgOrEnv", place, message);
}
