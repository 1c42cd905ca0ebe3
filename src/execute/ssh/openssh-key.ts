/** Private keys as `ssh-keygen` writes them (PROTOCOL.key of OpenSSH). */
import { createPrivateKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { type Parsed, parsed, unparsed } from "../../base/parsed.ts";
import { WireReader } from "./wire.ts";

const magic = "openssh-key-v1\0";

const curves: ReadonlyMap<string, { readonly name: string; readonly bytes: number }> = new Map([
  ["nistp256", { name: "P-256", bytes: 32 }],
  ["nistp384", { name: "P-384", bytes: 48 }],
  ["nistp521", { name: "P-521", bytes: 66 }],
]);

/** Takes what is between the two lines of the armour. The message continues "the file …". Throws for a key that is damaged. */
export function parseOpenSshKey(base64: string): Parsed<KeyObject> {
  const bytes = Buffer.from(base64, "base64");
  if (bytes.subarray(0, magic.length).toString("latin1") !== magic) return unparsed("is damaged");
  const file = new WireReader(bytes.subarray(magic.length));
  const cipher = file.text();
  file.string(); // how the key of the cipher is made
  file.string();
  if (cipher !== "none") return unparsed("is a key with a passphrase, which nobody can be asked for here");
  if (file.uint32() !== 1) return unparsed("holds several keys");
  file.string(); // the public key, which is part of the private one too
  const key = new WireReader(file.string());
  const [check, checkAgain] = [key.uint32(), key.uint32()];
  if (check !== checkAgain) return unparsed("is damaged");
  const type = key.text();
  const jwk = readKey(type, key);
  return jwk === undefined ? unparsed(unsupported(type)) : parsed(createPrivateKey({ format: "jwk", key: jwk }));
}

function readKey(type: string, key: WireReader): JsonWebKey | undefined {
  if (type === "ssh-ed25519") {
    const x = key.string();
    return { kty: "OKP", crv: "Ed25519", x: encode(x), d: encode(key.string().subarray(0, 32)) };
  }
  if (type === "ssh-rsa") return readRsa(key);
  return type.startsWith("ecdsa-sha2-") ? readEcdsa(key) : undefined;
}

function readRsa(key: WireReader): JsonWebKey {
  const [n, e, d, qi, p, q] = [key.number(), key.number(), key.number(), key.number(), key.number(), key.number()];
  return {
    kty: "RSA",
    n: encode(n),
    e: encode(e),
    d: encode(d),
    p: encode(p),
    q: encode(q),
    dp: encode(exponent(d, p)),
    dq: encode(exponent(d, q)),
    qi: encode(qi),
  };
}

/** What a prime's part of the computation takes as its exponent: d mod (prime - 1). */
function exponent(d: Buffer, prime: Buffer): Buffer {
  const value = numberOf(d) % (numberOf(prime) - 1n);
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
}

function numberOf(magnitude: Buffer): bigint {
  return BigInt(`0x${magnitude.toString("hex") || "0"}`);
}

function readEcdsa(key: WireReader): JsonWebKey | undefined {
  const curve = curves.get(key.text());
  const point = key.string();
  const d = key.number();
  if (curve === undefined) return undefined;
  const { name, bytes } = curve;
  const padded = Buffer.concat([Buffer.alloc(Math.max(0, bytes - d.length)), d]);
  const x = point.subarray(1, 1 + bytes);
  return { kty: "EC", crv: name, x: encode(x), y: encode(point.subarray(1 + bytes)), d: encode(padded) };
}

function encode(bytes: Buffer): string {
  return bytes.toString("base64url");
}

function unsupported(type: string): string {
  if (type.startsWith("sk-")) return "is a key of a security token, which only an agent can use";
  return `is a key of the type ${type.slice(0, 64)}, which cannot be used directly`;
}
