import { constants, generateKeyPairSync, publicEncrypt } from "node:crypto";
import { describe, expect, test } from "vitest";
import { standardFunctions } from "../../../src/buildfile/functions/standard-functions.ts";
import { stringValue } from "../../../src/buildfile/hcl/value.ts";
import { evaluateText, jsonOf } from "../hcl/expressions.ts";
import { functionCases } from "./cases/all.ts";

const pem = { type: "pkcs1", format: "pem" } as const;
const rsa = generateKeyPairSync("rsa", { modulusLength: 1024, publicKeyEncoding: pem, privateKeyEncoding: pem });
const locked = generateKeyPairSync("rsa", {
  modulusLength: 1024,
  publicKeyEncoding: pem,
  privateKeyEncoding: { ...pem, cipher: "aes-128-cbc", passphrase: "x" },
});
const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

const surroundings = {
  functions: standardFunctions,
  values: {
    key: stringValue(rsa.privateKey),
    lockedkey: stringValue(locked.privateKey),
    otherkey: stringValue(other.export({ type: "sec1", format: "pem" }).toString()),
    secret: stringValue(encrypted("top secret")),
    binarysecret: stringValue(encrypted(Buffer.from([0xff, 0xfe]))),
  },
};

function encrypted(message: string | Buffer): string {
  const padding = constants.RSA_PKCS1_PADDING;
  return publicEncrypt({ key: rsa.publicKey, padding }, Buffer.from(message)).toString("base64");
}

/** Nothing in the language makes the argument of these. */
const unusable = ["byteslen", "bytesslice"];

test("there are 106 functions, each with a description", () => {
  expect(standardFunctions.size).toBe(106);
  for (const [name, { description }] of standardFunctions) expect(description, name).toMatch(/^[A-Z0-9-].*\.$/);
});

test("every function has cases that succeed and cases that fail", () => {
  expect(Object.keys(functionCases).sort()).toEqual([...standardFunctions.keys()].sort());
  for (const [name, { good, bad }] of Object.entries(functionCases)) {
    expect(good.length > 0, `${name} succeeds`).toBe(!unusable.includes(name));
    expect(bad.length, `${name} fails`).toBeGreaterThan(0);
    for (const [expression] of [...good, ...bad]) expect(expression).toContain(`${name}(`);
  }
});

describe.each(Object.entries(functionCases))("%s", (name, { good, bad }) => {
  test.each(good)("%s is %s", (expression, json) => {
    expect(jsonOf(expression, surroundings)).toBe(json);
  });

  test.each(bad)("%s fails: %s", (expression, message) => {
    const { value, diagnostics } = evaluateText(expression, surroundings);
    expect(value.kind).toBe("unknown");
    expect(diagnostics.map((diagnostic) => diagnostic.message)).toEqual([expect.stringContaining(message)]);
    expect(diagnostics[0]?.message).toContain(name);
    expect(diagnostics[0]?.span).toBeDefined();
  });
});
