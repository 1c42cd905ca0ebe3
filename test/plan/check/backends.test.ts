import { describe, expect, it, test } from "vitest";
import { planOf } from "../planning.ts";

function problemsOf(attributes: string, purpose: "print" | "build" = "build"): readonly string[] {
  return planOf(`target "default" {\n${attributes}\n}`, { purpose }).problems;
}

describe("a cache", () => {
  test.each([
    [
      'cache-from = ["type=registyr,ref=x"]',
      'plan/unknown-cache-type 2: cache-from of "default": there is no cache type "registyr" [did you mean "registry"?]',
    ],
    [
      'cache-to = ["type=disk"]',
      'plan/unknown-cache-type 2: cache-to of "default": there is no cache type "disk" [known are registry',
    ],
    [
      'cache-from = ["type=registry"]',
      'plan/bad-cache-parameter 2: cache-from of "default": a cache of type registry needs ref [add ref=…]',
    ],
    ['cache-from = ["type=local,dest=x"]', "a cache of type local needs src"],
    ['cache-to = ["type=local,src=x"]', "a cache of type local needs dest"],
    [
      'cache-to = ["type=gha,mode=maxx"]',
      'cache-to of "default": mode is min or max, not "maxx" [did you mean "max"?]',
    ],
  ])("%s fails a build and is a warning in print", (attributes, expected) => {
    const problems = problemsOf(attributes);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^error /);
    expect(problems[0]).toContain(expected);
    expect(problemsOf(attributes, "print")).toEqual([problems[0]?.replace(/^error/, "warning")]);
  });

  it("of every type is fine", () => {
    const caches = '["r/c", "type=local,src=d", "type=inline", "type=gha", "type=s3,bucket=b", "type=azblob,name=n"]';
    expect(problemsOf(`cache-from = ${caches}\ncache-to = ["type=registry,ref=r/c,mode=max", "type=inline"]`)).toEqual(
      [],
    );
  });
});

describe("an attestation", () => {
  it("of an unknown type is warned of", () => {
    expect(problemsOf('attest = ["type=provenence,mode=max"]')).toEqual([
      'warning plan/unknown-attestation 2: attest of "default": there is no attestation "provenence" [did you mean "provenance"?]',
    ]);
  });
});

describe("what is wrong in a parent", () => {
  it("is reported once, with the number of its heirs", () => {
    const heirs = ["b", "c", "d"].map((name) => `target "${name}" { inherits = ["a"] }`).join("\n");
    const { problems } = planOf(`target "a" { platforms = ["toaster", "oven"] }\n${heirs}`, { names: ["*"] });
    expect(problems).toEqual([
      'error plan/bad-platform 1: platforms of "a": "toaster" is neither an operating system nor an architecture (the same for "b", "c" and "d")',
      'error plan/bad-platform 1: platforms of "a": "oven" is neither an operating system nor an architecture (the same for "b", "c" and "d")',
    ]);
  });

  it("is reported once even by way of a flag", () => {
    const { problems } = planOf('target "a" {}\ntarget "b" {}', { names: ["*"], set: ["*.shm-size=x"] });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('(--set *.shm-size=x) (the same for "b")');
  });
});
