import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from "node:crypto";
import { describe, expect, test } from "vitest";
import { parsePrivateKey, type SshKey } from "../../../src/execute/ssh/private-key.ts";
import { WireReader, wireString, wireUint32 } from "../../../src/execute/ssh/wire.ts";

type KeyFormat = "pkcs1" | "pkcs8" | "sec1";

const pem = (key: KeyObject, type: KeyFormat, passphrase?: string): string => {
  const secrecy = passphrase === undefined ? {} : { cipher: "aes-256-cbc", passphrase };
  return key.export({ format: "pem", type, ...secrecy }).toString();
};
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const data = Buffer.from("what is signed");

function parse(text: string): SshKey {
  const key = parsePrivateKey(text);
  if (!key.ok) throw new Error(key.message);
  return key.value;
}

function problemOf(text: string): string {
  const key = parsePrivateKey(text);
  return key.ok ? "none" : key.message;
}

/** As ssh-keygen writes it. */
function openSshFile(cipher: string, fields: readonly Uint8Array[], checks: readonly number[] = [7, 7]): string {
  const secret = Buffer.concat([...checks.map(wireUint32), ...fields, wireString("ada@machine"), Buffer.from([1, 2])]);
  const head = [wireString(cipher), wireString("none"), wireString(""), wireUint32(1), wireString("public")];
  const file = Buffer.concat([Buffer.from("openssh-key-v1\0"), ...head, wireString(secret)]).toString("base64");
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${file.replace(/.{70}/g, "$&\n")}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

describe("a private key", () => {
  test.each([
    ["sha512", 4, "rsa-sha2-512"],
    ["sha256", 2, "rsa-sha2-256"],
    ["sha512", 6, "rsa-sha2-512"],
    ["sha1", 0, "ssh-rsa"],
  ])("of RSA signs with %s when the flags are %i", (hash, flags, name) => {
    for (const text of [pem(rsa.privateKey, "pkcs1"), pem(rsa.privateKey, "pkcs8")]) {
      const signature = new WireReader(parse(text).sign(data, flags));
      expect(signature.text()).toBe(name);
      expect(verify(hash, data, rsa.publicKey, signature.string())).toBe(true);
    }
  });

  test.each([
    ["P-256", "nistp256", "sha256", 32],
    ["P-384", "nistp384", "sha384", 48],
    ["P-521", "nistp521", "sha512", 66],
  ])("of ECDSA on %s signs so that its public key agrees", (namedCurve, name, hash, size) => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve });
    for (const text of [pem(privateKey, "sec1"), pem(privateKey, "pkcs8")]) {
      const key = parse(text);
      expect(new WireReader(key.blob).text()).toBe(`ecdsa-sha2-${name}`);
      // Numbers of a length of their own: often enough one begins with a zero or with its highest bit.
      for (let i = 0; i < 20; i++) {
        const signature = new WireReader(key.sign(data, 0));
        expect(signature.text()).toBe(`ecdsa-sha2-${name}`);
        const numbers = new WireReader(signature.string());
        const padded = [numbers.number(), numbers.number()].map((n) =>
          Buffer.concat([Buffer.alloc(size - n.length), n]),
        );
        const both = Buffer.concat(padded);
        expect(verify(hash, data, { key: publicKey, dsaEncoding: "ieee-p1363" }, both)).toBe(true);
      }
    }
  });

  test("of Ed25519 is read from the format of OpenSSH, too", () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const { x = "", d = "" } = privateKey.export({ format: "jwk" });
    const [pub, seed] = [Buffer.from(x, "base64url"), Buffer.from(d, "base64url")];
    const fields = [wireString("ssh-ed25519"), wireString(pub), wireString(Buffer.concat([seed, pub]))];
    for (const text of [openSshFile("none", fields), pem(privateKey, "pkcs8")]) {
      const key = parse(text);
      expect(key.blob).toEqual(Buffer.concat([wireString("ssh-ed25519"), wireString(pub)]));
      const signature = new WireReader(key.sign(data, 0));
      expect(signature.text()).toBe("ssh-ed25519");
      expect(verify(null, data, createPublicKey(privateKey), signature.string())).toBe(true);
    }
  });

  test.each([
    ["has a passphrase", openSshFile("aes256-ctr", []), "is a key with a passphrase"],
    ["has a passphrase", pem(rsa.privateKey, "pkcs8", "secret"), "is a key with a passphrase"],
    ["has a passphrase", pem(rsa.privateKey, "pkcs1", "secret"), "is a key with a passphrase"],
    ["is in a token", openSshFile("none", [wireString("sk-ssh-ed25519@openssh.com")]), "is a key of a security token"],
    ["is of an old kind", openSshFile("none", [wireString("ssh-dss")]), "is a key of the type ssh-dss"],
    ["has other checks", openSshFile("none", [], [1, 2]), "is damaged"],
    ["is cut off", openSshFile("none", [wireString("ssh-rsa"), wireUint32(9999)]), "is damaged"],
    ["is no base64", "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----", "is damaged"],
    ["is for something else", pem(generateKeyPairSync("x25519").privateKey, "pkcs8"), "is a key of the type x25519"],
    ["is public", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA ada@machine\n", "is a public key"],
    ["is PuTTY's", "PuTTY-User-Key-File-3: ssh-ed25519\n", "is a key of PuTTY"],
    ["is none", "hello", "is neither the socket of an SSH agent nor a private key"],
  ])("that %s is refused with the reason", (_, text, reason) => {
    expect(problemOf(text)).toContain(reason);
  });
});
