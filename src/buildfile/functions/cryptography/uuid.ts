/** UUIDs (RFC 9562). */
import { FunctionFailure } from "../../hcl/function.ts";
import { digest, toHex } from "./digest.ts";

const namespaces: ReadonlyMap<string, string> = new Map([
  ["dns", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"],
  ["url", "6ba7b811-9dad-11d1-80b4-00c04fd430c8"],
  ["oid", "6ba7b812-9dad-11d1-80b4-00c04fd430c8"],
  ["x500", "6ba7b814-9dad-11d1-80b4-00c04fd430c8"],
]);

const uuid = /^(?:urn:uuid:|\{)?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?$/i;

/** `random` has 16 bytes. */
export function randomUuid(random: Uint8Array): string {
  return formatUuid(random, 4);
}

/** The UUID of a name in `dns`, `url`, `oid`, `x500` or the namespace of a UUID. */
export function nameUuid(namespace: string, name: string): string {
  const match = uuid.exec(namespaces.get(namespace) ?? namespace);
  if (match === null)
    throw new FunctionFailure(`must be dns, url, oid, x500 or a UUID, not ${JSON.stringify(namespace)}`, 0);
  const prefix = Buffer.from(match.slice(1).join(""), "hex");
  return formatUuid(digest("sha1", Buffer.concat([prefix, Buffer.from(name, "utf8")])), 5);
}

function formatUuid(bytes: Uint8Array, version: number): string {
  const digits = toHex(bytes.slice(0, 16));
  const variant = ((Number.parseInt(digits.charAt(16), 16) & 0x3) | 0x8).toString(16);
  const marked = `${digits.slice(0, 12)}${version}${digits.slice(13, 16)}${variant}${digits.slice(17)}`;
  return marked.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
