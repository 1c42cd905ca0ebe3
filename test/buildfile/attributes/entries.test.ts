/** The text and object forms of the structured lists: output, caches, secrets, ssh, attestations, policies. */
import { describe, expect, it, test } from "vitest";
import type { Parsed } from "../../../src/base/parsed.ts";
import { attestFromEntries, parseAttestText } from "../../../src/buildfile/attributes/attest.ts";
import { cacheFromEntries, parseCacheText } from "../../../src/buildfile/attributes/cache.ts";
import { outputFromEntries, parseOutputText } from "../../../src/buildfile/attributes/output.ts";
import { parsePolicyText, policyFromEntries } from "../../../src/buildfile/attributes/policy.ts";
import { parseSecretText, secretFromEntries } from "../../../src/buildfile/attributes/secret.ts";
import { parseSshText, sshFromEntries } from "../../../src/buildfile/attributes/ssh.ts";

/** Attributes as an object, failures as their message. */
function shown(result: Parsed<unknown>): unknown {
  if (!result.ok) return `! ${result.message}`;
  return flat(result.value);
}

function flat(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(flat);
  if (typeof value !== "object" || value === null) return value;
  const { attributes, ...rest } = value as { attributes?: ReadonlyMap<string, string> };
  return { ...rest, ...Object.fromEntries(attributes ?? []) };
}

const entries = (object: Record<string, string>): ReadonlyMap<string, string> => new Map(Object.entries(object));

describe("an output", () => {
  test.each<[string, unknown]>([
    ["type=docker", { type: "docker" }],
    ["type=oci,dest=out.tar", { type: "oci", dest: "out.tar" }],
    ["TYPE=image,Name=R/X, push =TRUE", { type: "image", name: "R/X", push: "TRUE" }],
    ['type=image,"name=a,b",annotation.x=y=z', { type: "image", name: "a,b", "annotation.x": "y=z" }],
    ["./out", { type: "local", dest: "./out" }],
    ["a=b", { type: "local", dest: "a=b" }],
    ["dest=out", { type: "local", dest: "dest=out" }],
    ["-", { type: "tar", dest: "-" }],
    ["dest=out,mode=x", "! an output needs a type (type=...)"],
    ["type=,dest=x", "! an output needs a type (type=...)"],
    ["type=oci,dest", '! "dest" is not of the form key=value'],
    ['type=oci,"dest=x', '! a quoted field without its closing quote (")'],
    ["", "! empty value"],
  ])("as text: %s", (text, expected) => {
    expect(shown(parseOutputText(text))).toEqual(expected);
  });

  it("as an object", () => {
    expect(shown(outputFromEntries(entries({ Type: "image", Push: "true", "annotation.org.Example": "x" })))).toEqual({
      type: "image",
      push: "true",
      "annotation.org.Example": "x",
    });
    expect(shown(outputFromEntries(entries({ dest: "x" })))).toBe("! an output needs a type (type=...)");
  });

  it("that cannot be read says at which place of the text", () => {
    expect(parseOutputText("type=oci,dest")).toMatchObject({ offset: 9 });
  });
});

describe("a cache", () => {
  test.each<[string, unknown]>([
    ["r/a", [{ type: "registry", ref: "r/a" }]],
    [
      "r/a,r/b:x",
      [
        { type: "registry", ref: "r/a" },
        { type: "registry", ref: "r/b:x" },
      ],
    ],
    ["type=gha,Scope=s", [{ type: "gha", scope: "s" }]],
    ["ref=x", "! a cache needs a type (type=...)"],
    ["type=gha,x", '! "x" is not of the form key=value'],
    ["r/a,", "! an empty image reference"],
  ])("as text: %s", (text, expected) => {
    expect(shown(parseCacheText(text))).toEqual(expected);
  });

  it("as an object", () => {
    expect(shown(cacheFromEntries(entries({ type: "gha", timeout: "5" })))).toEqual({ type: "gha", timeout: "5" });
    expect(shown(cacheFromEntries(entries({ ref: "x" })))).toBe("! a cache needs a type (type=...)");
  });
});

describe("a secret", () => {
  test.each<[string, unknown]>([
    ["id=a,env=B", { id: "a", env: "B" }],
    ["id=a,src=f", { id: "a", src: "f" }],
    ["ID=a,Source=f,TYPE=file", { id: "a", src: "f" }],
    ["type=env,id=a,src=B", { id: "a", env: "B" }],
    ["type=env,id=a,src=f,env=B", { id: "a", src: "f", env: "B" }],
    ["env=B", { id: "", env: "B" }],
    ["id=a,scr=f", '! a secret has no key "scr" (did you mean "src"?)'],
    ["id=a,type=vault", '! a secret is of type file or env, not "vault"'],
    ["a", '! "a" is not of the form key=value'],
  ])("as text: %s", (text, expected) => {
    expect(shown(parseSecretText(text))).toEqual(expected);
  });

  it("as an object has three keys and no others", () => {
    expect(shown(secretFromEntries(entries({ id: "a", env: "B", type: "env", path: "x" })))).toEqual({
      id: "a",
      env: "B",
    });
  });
});

describe("an ssh entry", () => {
  test.each<[string, unknown]>([
    ["default", { id: "default", paths: [] }],
    ["k=a.pem,b.pem", { id: "k", paths: ["a.pem", "b.pem"] }],
    ["k=", { id: "k", paths: [] }],
    ["k=a=b", { id: "k", paths: ["a=b"] }],
  ])("as text: %s", (text, expected) => {
    expect(shown(parseSshText(text))).toEqual(expected);
  });

  it("as an object", () => {
    expect(shown(sshFromEntries(entries({ id: "k" }), ["a.pem", ""]))).toEqual({ id: "k", paths: ["a.pem"] });
  });
});

describe("an attestation", () => {
  test.each<[string, unknown]>([
    ["type=provenance,mode=max", { type: "provenance", disabled: false, mode: "max" }],
    ["type=sbom,disabled=t", { type: "sbom", disabled: true }],
    ["type=sbom,disabled=no", '! disabled is true or false, not "no"'],
    ["mode=max", "! an attestation needs a type (type=provenance or type=sbom)"],
  ])("as text: %s", (text, expected) => {
    expect(shown(parseAttestText(text))).toEqual(expected);
  });

  it("as an object", () => {
    expect(shown(attestFromEntries(entries({ type: "sbom", generator: "g" })))).toEqual({
      type: "sbom",
      disabled: false,
      generator: "g",
    });
  });
});

describe("a policy", () => {
  test.each<[string, unknown]>([
    ["filename=a.rego,filename=b.rego", { filenames: ["a.rego", "b.rego"] }],
    ["reset=true,strict=0,log-level=debug", { filenames: [], reset: true, strict: false, logLevel: "debug" }],
    ["disabled=maybe", '! disabled is true or false, not "maybe"'],
    ["file=a", '! a policy has no key "file"'],
    ["filenam=a", '! a policy has no key "filenam" (did you mean "filename"?)'],
  ])("as text: %s", (text, expected) => {
    expect(shown(parsePolicyText(text))).toEqual(expected);
  });

  it("as an object", () => {
    expect(shown(policyFromEntries(entries({ filename: "a.rego", strict: "true" })))).toEqual({
      filenames: ["a.rego"],
      strict: true,
    });
  });
});
