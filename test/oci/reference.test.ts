import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { formatReference, parseReference } from "../../src/oci/reference.ts";

function read(text: string): string {
  const reference = parseReference(text);
  return reference.ok ? formatReference(reference.value) : `! ${reference.message}`;
}

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

describe("the name of an image", () => {
  test.each([
    ["alpine", "docker.io/library/alpine"],
    ["alpine:3.19", "docker.io/library/alpine:3.19"],
    ["org/app", "docker.io/org/app"],
    ["docker.io/alpine", "docker.io/library/alpine"],
    ["index.docker.io/org/app", "docker.io/org/app"],
    ["ghcr.io/org/app/sub:v1_2-x", "ghcr.io/org/app/sub:v1_2-x"],
    ["localhost/x", "localhost/x"],
    ["localhost:5000/x:1", "localhost:5000/x:1"],
    ["[::1]:5000/x", "[::1]:5000/x"],
    ["Registry.Example/x", "Registry.Example/x"],
    ["a__b/c-d.e_f", "docker.io/a__b/c-d.e_f"],
    [`alpine@${digest}`, `docker.io/library/alpine@${digest}`],
    [`r.io/a:1@${digest}`, `r.io/a:1@${digest}`],
  ])("%s is %s", (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  test.each([
    ["", '! "" has an empty part'],
    ["a//b", '! "a//b" has an empty part'],
    ["App", '! "App" has upper-case letters, which repositories cannot have'],
    ["org/App:1", '! "App" has upper-case letters, which repositories cannot have'],
    ["a b", '! "a b" has characters that repositories cannot have'],
    ["-a", '! "-a" has characters that repositories cannot have'],
    ["a..b/c:1", '! "a..b" is no registry'],
    ["a:", '! "" is no tag'],
    ["a:b:c", '! "b:c" is no tag'],
    [`a:${"t".repeat(129)}`, `! "${"t".repeat(129)}" is no tag`],
    ["a@sha256:1", '! "sha256:1" is no digest'],
    ["r.io:port/a", '! "r.io:port" is no registry'],
    ["a".repeat(300), "! the name is longer than 255 characters"],
    ["a".repeat(3000), "! the name is too long"],
  ])("%s is none", (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it("written in full means the same", () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,5}([._-][a-z0-9]{1,5})?$/);
    const registry = fc.constantFrom("", "docker.io/", "ghcr.io/", "localhost:5000/");
    const tag = fc.constantFrom("", ":latest", ":1.2", `@${digest}`);
    fc.assert(
      fc.property(registry, fc.array(part, { minLength: 1, maxLength: 3 }), tag, (host, parts, suffix) => {
        const full = read(`${host}${parts.join("/")}${suffix}`);
        expect(full).not.toMatch(/^!/);
        expect(read(full)).toBe(full);
      }),
    );
  });
});
