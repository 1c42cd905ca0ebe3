/**
 * RSA decryption with the padding of PKCS #1 v1.5 (RFC 8017, section 7.2). The power is computed here, because some releases of
 * Node refuse this padding by policy.
 */
import { FunctionFailure } from "../../hcl/function.ts";
import { loadCrypto } from "./load.ts";

interface PrivateKey {
  readonly modulus: bigint;
  readonly exponent: bigint;
  readonly sizeBytes: number;
}

/** Larger keys would take minutes. */
const mostKeyBytes = 1024;

/** Decrypts with a private key in PEM form; blames argument 0 for the text and 1 for the key. */
export function rsaDecrypt(ciphertext: Uint8Array, pem: string): Uint8Array {
  const key = readKey(pem);
  const encrypted = toInteger(ciphertext);
  if (ciphertext.length > key.sizeBytes || encrypted >= key.modulus) {
    throw new FunctionFailure("is not encrypted for this key", 0);
  }
  const block = toBytes(modularPower(encrypted, key.exponent, key.modulus), key.sizeBytes);
  const end = block.indexOf(0, 2);
  // 0, 2, at least eight random bytes, 0, the message.
  if (block[0] !== 0 || block[1] !== 2 || end < 10) throw new FunctionFailure("is not encrypted for this key", 0);
  return block.subarray(end + 1);
}

function readKey(pem: string): PrivateKey {
  if (/ENCRYPTED/.test(pem)) throw new FunctionFailure("the key has a passphrase; decrypt it before", 1);
  const jwk = parseKey(pem);
  const [modulus, exponent] = [jwk.n, jwk.d].map((part) => Buffer.from(part ?? "", "base64url"));
  if (jwk.kty !== "RSA" || modulus === undefined || exponent === undefined || exponent.length === 0) {
    throw new FunctionFailure("is not an RSA private key", 1);
  }
  if (modulus.length > mostKeyBytes) throw new FunctionFailure(`the key has more than ${mostKeyBytes * 8} bits`, 1);
  return { modulus: toInteger(modulus), exponent: toInteger(exponent), sizeBytes: modulus.length };
}

function parseKey(pem: string): { readonly kty?: string; readonly n?: string; readonly d?: string } {
  try {
    return loadCrypto().createPrivateKey(pem).export({ format: "jwk" });
  } catch {
    throw new FunctionFailure("is not a private key in PEM form (-----BEGIN RSA PRIVATE KEY-----)", 1);
  }
}

function modularPower(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === "1") result = (result * base) % modulus;
  }
  return result;
}

function toInteger(bytes: Uint8Array): bigint {
  return BigInt(`0x0${Buffer.from(bytes).toString("hex")}`);
}

function toBytes(integer: bigint, sizeBytes: number): Uint8Array {
  return Buffer.from(integer.toString(16).padStart(2 * sizeBytes, "0"), "hex");
}
