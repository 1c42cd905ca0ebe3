/** A target's secrets, read when the node asks for them. */
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { errnoCode, messageOf } from "../../base/errors.ts";
import type { SecretEntry } from "../../buildfile/attributes/entries.ts";
import type { Redaction } from "../failure/redaction.ts";
import { RpcError } from "../rpc/status.ts";
import { maxSecretBytes, type SecretSource } from "../session/secrets.ts";

export interface SecretsOptions {
  readonly secrets: readonly SecretEntry[];
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Relative paths start here. */
  readonly workingFolder: string;
  /** Learns every value that is handed out. */
  readonly redaction: Redaction;
}

/**
 * A secret comes from the variable or file it names; without either from the variable, else the file, called like the secret. One
 * that is declared and cannot be read is an error that says why; one that is not declared does not exist.
 */
export function secretSource(options: SecretsOptions): SecretSource {
  const byId = new Map(options.secrets.map((secret) => [secret.id, secret]));
  return async (id) => {
    const secret = byId.get(id);
    if (secret === undefined) return undefined;
    const value = await readSecret(secret, options);
    options.redaction.add(Buffer.from(value).toString("utf8"));
    return value;
  };
}

async function readSecret(secret: SecretEntry, options: SecretsOptions): Promise<Uint8Array> {
  const { id, env, src } = secret;
  const implied = env === undefined && src === undefined ? options.variables[id] : undefined;
  if (implied !== undefined) return Buffer.from(implied);
  if (env !== undefined) {
    const value = options.variables[env];
    if (value === undefined) throw unavailable(`the variable ${env} of secret ${id} is not set`);
    return Buffer.from(value);
  }
  return readSmallFile(resolve(options.workingFolder, src ?? id), id);
}

async function readSmallFile(path: string, id: string): Promise<Uint8Array> {
  try {
    const file = await open(path, "r");
    try {
      // One byte more than is allowed, so that a file that is too large is known as such without reading it.
      const buffer = Buffer.alloc(maxSecretBytes + 1);
      let length = 0;
      for (;;) {
        const { bytesRead } = await file.read(buffer, length, buffer.length - length);
        length += bytesRead;
        if (bytesRead === 0 || length === buffer.length) return buffer.subarray(0, length);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errnoCode(error) === "ENOENT") throw unavailable(`the file of secret ${id} does not exist: ${path}`);
    throw unavailable(`the file of secret ${id} cannot be read: ${messageOf(error)}`);
  }
}

function unavailable(message: string): RpcError {
  return new RpcError("FAILED_PRECONDITION", message);
}
