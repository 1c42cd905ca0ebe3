/** A target's secrets, handed out when the node asks for them. */
import type { Redaction } from "../../base/redaction.ts";
import type { SecretEntry } from "../../buildfile/attributes/entries.ts";
import { readSecret, type SecretSurroundings } from "../../execute/target/secret-value.ts";
import { RpcError } from "../rpc/status.ts";
import type { SecretSource } from "../session/secrets.ts";

export interface SecretsOptions extends SecretSurroundings {
  readonly secrets: readonly SecretEntry[];
  /** Learns every value that is handed out. */
  readonly redaction: Redaction;
}

/** One that is declared and cannot be read is an error that says why; one that is not declared does not exist. */
export function secretSource(options: SecretsOptions): SecretSource {
  const byId = new Map(options.secrets.map((secret) => [secret.id, secret]));
  return async (id) => {
    const secret = byId.get(id);
    if (secret === undefined) return undefined;
    const value = await readSecret(secret, options);
    if (!value.ok) throw new RpcError("FAILED_PRECONDITION", value.message);
    options.redaction.add(Buffer.from(value.value).toString("utf8"));
    return value.value;
  };
}
