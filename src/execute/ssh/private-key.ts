/** Private keys of SSH that can be used without asking anybody: Ed25519, ECDSA and RSA, as OpenSSH or OpenSSL write them. */
import { createPrivateKey, type JsonWebKey, type KeyObject, sign } from "node:crypto";
import { type Parsed, parsed, unparsed } from "../../base/parsed.ts";
import { parseOpenSshKey } from "./openssh-key.ts";
import { wireNumber, wireString } from "./wire.ts";

export interface SshKey {
  /** The public key, by which agents know it. */
  readonly blob: Buffer;
  /** `flags` are those of the agent protocol: how an RSA key is to sign. */
  readonly sign: (data: Uint8Array, flags: number) => Buffer;
}

const armour = /-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----([\s\S]*?)-----END \1-----/;

/** One sentence, to be continued after the file's name, says why it cannot be used. It quotes nothing of the file. */
export function parsePrivateKey(text: string): Parsed<SshKey> {
  const [pem = "", label, body = ""] = armour.exec(text) ?? [];
  if (label === undefined) return unparsed(whatElse(text));
  if (label === "ENCRYPTED PRIVATE KEY" || /^(?:DEK-Info:|Proc-Type:.*ENCRYPTED)/m.test(body)) {
    return unparsed("is a key with a passphrase, which nobody can be asked for here");
  }
  try {
    const key = label === "OPENSSH PRIVATE KEY" ? parseOpenSshKey(body) : parsed(createPrivateKey(pem));
    return key.ok ? usable(key.value) : key;
  } catch {
    // What the library says of damaged keys tells nobody anything.
    return unparsed("is damaged");
  }
}

function whatElse(text: string): string {
  if (
    /^(?:ssh-|ecdsa-|sk-)\S+ [A-Za-z0-9+/=]+|-----BEGIN (?:[A-Z0-9]+ )?PUBLIC KEY-----|^---- BEGIN SSH2 PUBLIC/m.test(
      text,
    )
  )
    return "is a public key; name the private one, which has no .pub at its end";
  if (text.startsWith("PuTTY-User-Key-File-")) return "is a key of PuTTY; convert it with puttygen -O private-openssh";
  return "is neither the socket of an SSH agent nor a private key";
}

function usable(key: KeyObject): Parsed<SshKey> {
  const jwk = key.export({ format: "jwk" });
  switch (key.asymmetricKeyType) {
    case "ed25519":
      return parsed(ed25519Key(key, jwk));
    case "rsa":
      return parsed(rsaKey(key, jwk));
    case "ec":
      return ecdsaKey(key, jwk);
    default:
      return unparsed(`is a key of the type ${key.asymmetricKeyType}, which is not for SSH`);
  }
}

function ed25519Key(key: KeyObject, { x }: JsonWebKey): SshKey {
  const name = wireString("ssh-ed25519");
  return {
    blob: Buffer.concat([name, wireString(decode(x))]),
    sign: (data) => Buffer.concat([name, wireString(sign(null, data, key))]),
  };
}

/** SSH_AGENT_RSA_SHA2_512 and SSH_AGENT_RSA_SHA2_256; without either it is the SHA-1 of old servers. */
const rsaAlgorithms = [
  { flag: 4, name: "rsa-sha2-512", hash: "sha512" },
  { flag: 2, name: "rsa-sha2-256", hash: "sha256" },
] as const;
const oldRsa = { name: "ssh-rsa", hash: "sha1" } as const;

function rsaKey(key: KeyObject, { n, e }: JsonWebKey): SshKey {
  return {
    blob: Buffer.concat([wireString("ssh-rsa"), wireNumber(decode(e)), wireNumber(decode(n))]),
    sign: (data, flags) => {
      const { name, hash } = rsaAlgorithms.find(({ flag }) => (flags & flag) !== 0) ?? oldRsa;
      return Buffer.concat([wireString(name), wireString(sign(hash, data, key))]);
    },
  };
}

const curves: ReadonlyMap<string, { readonly name: string; readonly hash: string }> = new Map([
  ["P-256", { name: "nistp256", hash: "sha256" }],
  ["P-384", { name: "nistp384", hash: "sha384" }],
  ["P-521", { name: "nistp521", hash: "sha512" }],
]);

function ecdsaKey(key: KeyObject, { crv = "", x, y }: JsonWebKey): Parsed<SshKey> {
  const curve = curves.get(crv);
  if (curve === undefined) return unparsed("is a key on a curve that SSH does not use");
  const name = wireString(`ecdsa-sha2-${curve.name}`);
  const point = Buffer.concat([Buffer.from([4]), decode(x), decode(y)]);
  return parsed({
    blob: Buffer.concat([name, wireString(curve.name), wireString(point)]),
    sign: (data) => {
      const both = sign(curve.hash, data, { key, dsaEncoding: "ieee-p1363" });
      const [r, s] = [both.subarray(0, both.length / 2), both.subarray(both.length / 2)];
      return Buffer.concat([name, wireString(Buffer.concat([wireNumber(r), wireNumber(s)]))]);
    },
  });
}

function decode(text: string | undefined): Buffer {
  return Buffer.from(text ?? "", "base64url");
}
