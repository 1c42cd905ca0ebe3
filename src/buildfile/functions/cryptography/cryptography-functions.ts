/** Hashes, password hashes, decryption and UUIDs. */
import { FunctionFailure, type ValueFunction } from "../../hcl/function.ts";
import { toInteger } from "../../hcl/number.ts";
import { numberType, stringType, stringValue, type Value } from "../../hcl/value.ts";
import { define, type FunctionTable, variadic } from "../define.ts";
import { decodeBase64, decodeUtf8 } from "../encoding/base64.ts";
import { bcryptHash, bearableCost, defaultCost } from "./bcrypt.ts";
import { type Algorithm, digest, toHex } from "./digest.ts";
import { rsaDecrypt } from "./rsa.ts";
import { nameUuid, randomUuid } from "./uuid.ts";

export const cryptographyFunctions: FunctionTable = {
  md5: hash("md5", "MD5"),
  sha1: hash("sha1", "SHA-1"),
  sha256: hash("sha256", "SHA-256"),
  sha512: hash("sha512", "SHA-512"),
  bcrypt: {
    ...define(
      "The bcrypt hash of a password, with a new salt each time; the cost is 10 unless given.",
      { str: stringType, cost: variadic(numberType) },
      (args, world) => {
        if (args.length > 2) throw new FunctionFailure("takes a password and a cost, nothing else", 2);
        const cost = args.length === 2 ? args.integer(1) : defaultCost;
        return stringValue(bcryptHash(args.text(0), cost, world.randomBytes(16)));
      },
    ),
    steps: ([, cost]) => stepsOfBcrypt(cost),
  },
  rsadecrypt: {
    ...define(
      "Decrypts a base64 text with an RSA private key in PEM form (PKCS #1 v1.5).",
      { ciphertext: stringType, privatekey: stringType },
      (args) => {
        const ciphertext = decodeBase64(args.text(0));
        if (ciphertext === undefined) throw new FunctionFailure("must be base64", 0);
        const text = decodeUtf8(rsaDecrypt(ciphertext, args.text(1)));
        if (text === undefined) throw new FunctionFailure("does not decrypt to UTF-8 text", 0);
        return stringValue(text);
      },
    ),
    steps: () => 50_000,
  },
  uuidv4: define("A random UUID.", {}, (_, world) => stringValue(randomUuid(world.randomBytes(16)))),
  uuidv5: define(
    "The UUID of a name in a namespace: dns, url, oid, x500 or a UUID.",
    { namespace: stringType, name: stringType },
    (args) => stringValue(nameUuid(args.text(0), args.text(1))),
  ),
};

/** What the function refuses anyhow is free, because its own words say better why. */
function stepsOfBcrypt(given: Value | undefined): number {
  const cost = (given?.kind === "number" ? toInteger(given.value) : undefined) ?? defaultCost;
  return cost > bearableCost ? 0 : 128 * 2 ** cost;
}

function hash(algorithm: Algorithm, name: string): ValueFunction {
  return define(`The ${name} hash of a string, in hexadecimal digits.`, { str: stringType }, (args) =>
    stringValue(toHex(digest(algorithm, args.text(0)))),
  );
}
