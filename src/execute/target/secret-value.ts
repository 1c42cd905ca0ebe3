/** The value of a secret, read when a build asks for it. */
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { errnoCode, messageOf } from "../../base/errors.ts";
import { type Parsed, parsed, unparsed } from "../../base/parsed.ts";
import type { SecretEntry } from "../../buildfile/attributes/entries.ts";

/** What daemons take. */
export const maxSecretBytes: number = 500 * 1024;

export interface SecretSurroundings {
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Relative paths start here. */
  readonly workingFolder: string;
}

/**
 * A secret comes from the variable or file it names; without either from the variable, else the file, called like the secret. One
 * sentence says why it cannot be read. A file is read to one byte beyond `maxSecretBytes`.
 */
export async function readSecret(secret: SecretEntry, surroundings: SecretSurroundings): Promise<Parsed<Uint8Array>> {
  const { id, env, src } = secret;
  const { variables, workingFolder } = surroundings;
  const implied = env === undefined && src === undefined ? variables[id] : undefined;
  if (implied !== undefined) return parsed(Buffer.from(implied));
  if (env === undefined) return readSmallFile(resolve(workingFolder, src ?? id), id);
  const value = variables[env];
  return value === undefined ? unparsed(`the variable ${env} of secret ${id} is not set`) : parsed(Buffer.from(value));
}

async function readSmallFile(path: string, id: string): Promise<Parsed<Uint8Array>> {
  try {
    const file = await open(path, "r");
    try {
      // One byte more than is allowed, so that a file that is too large is known as such without reading it.
      const buffer = Buffer.alloc(maxSecretBytes + 1);
      let length = 0;
      for (;;) {
        const { bytesRead } = await file.read(buffer, length, buffer.length - length);
        length += bytesRead;
        if (bytesRead === 0 || length === buffer.length) return parsed(buffer.subarray(0, length));
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errnoCode(error) === "ENOENT") return unparsed(`the file of secret ${id} does not exist: ${path}`);
    return unparsed(`the file of secret ${id} cannot be read: ${messageOf(error)}`);
  }
}
