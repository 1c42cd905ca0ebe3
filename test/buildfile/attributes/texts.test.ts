/** The short texts: annotations, ulimits, sizes, resources, platform lists, context addresses. */
import { describe, expect, it, test } from "vitest";
import type { Parsed } from "../../../src/base/parsed.ts";
import { parseAnnotationText } from "../../../src/buildfile/attributes/annotation.ts";
import { isGitOverSsh, isNamedOnly, isRemoteContext, linkedTarget } from "../../../src/buildfile/attributes/context.ts";
import { splitPlatforms } from "../../../src/buildfile/attributes/platform.ts";
import { parseResourceField, resourcesFromEntries } from "../../../src/buildfile/attributes/resources.ts";
import { parseSizeText } from "../../../src/buildfile/attributes/size.ts";
import { parseUlimitText } from "../../../src/buildfile/attributes/ulimit.ts";

function shown(result: Parsed<unknown>): unknown {
  return result.ok ? result.value : `! ${result.message}`;
}

describe("an annotation", () => {
  test.each<[string, unknown]>([
    ["a=b", { key: "a", value: "b", places: [] }],
    ["a=b:c=d", { key: "a", value: "b:c=d", places: [] }],
    ["index:c=d", { key: "c", value: "d", places: [{ level: "index" }] }],
    ["index,manifest:e=f=g", { key: "e", value: "f=g", places: [{ level: "index" }, { level: "manifest" }] }],
    [
      "manifest-descriptor[linux/arm/v7]:h=i",
      { key: "h", value: "i", places: [{ level: "manifest-descriptor", platform: "linux/arm/v7" }] },
    ],
    ["justkey", '! "justkey" has no value, write key=value'],
    ["=x", '! "=x" has no key, write key=value'],
    ["index:=x", '! "index:=x" has no key, write key=value'],
    ["manifst:a=b", '! "manifst" is no level of an annotation (did you mean "manifest"?)'],
    ["Index:a=b", '! "Index" is no place for an annotation, write a level as in manifest[linux/amd64]'],
  ])("%s", (text, expected) => {
    expect(shown(parseAnnotationText(text))).toEqual(expected);
  });
});

describe("a ulimit", () => {
  test.each<[string, unknown]>([
    ["nofile=1024", { name: "nofile", soft: 1024n, hard: 1024n }],
    ["nproc=65535:65536", { name: "nproc", soft: 65535n, hard: 65536n }],
    ["core=-1", { name: "core", soft: -1n, hard: -1n }],
    ["core=5:-1", { name: "core", soft: 5n, hard: -1n }],
    ["memlock=9223372036854775807", { name: "memlock", soft: 2n ** 63n - 1n, hard: 2n ** 63n - 1n }],
    ["coffee=1", expect.stringContaining('! there is no limit "coffee" (known are core')],
    ["nofiles=1", '! there is no limit "nofiles" (did you mean "nofile"?)'],
    ["nofile=2:1", "! the soft limit 2 of nofile is above the hard limit 1"],
    ["nofile=-1:1", "! the soft limit -1 of nofile is above the hard limit 1"],
    ["nofile", '! "nofile" is not of the form name=soft or name=soft:hard'],
    ["nofile=many", '! "many" is no limit, write a whole number or soft:hard'],
    ["nofile=1:2:3", '! "1:2:3" is no limit, write a whole number or soft:hard'],
    ["nofile=-2", '! "-2" is no limit, write a whole number or soft:hard'],
    ["nofile=9223372036854775808", '! "9223372036854775808" is no limit, write a whole number or soft:hard'],
  ])("%s", (text, expected) => {
    expect(shown(parseUlimitText(text))).toEqual(expected);
  });
});

describe("a size", () => {
  test.each<[string, unknown]>([
    ["0", 0],
    ["67108864", 67108864],
    ["64m", 64 * 1024 ** 2],
    ["64MiB", 64 * 1024 ** 2],
    ["1.5 gb", 1.5 * 1024 ** 3],
    ["1kib", 1024],
    ["2T", 2 * 1024 ** 4],
    ["1p", 1024 ** 5],
    ["10b", 10],
    ["lots", '! "lots" is no size, write a number with an optional unit as in 64m or 2g'],
    ["-1", '! "-1" is no size, write a number with an optional unit as in 64m or 2g'],
    ["", '! "" is no size, write a number with an optional unit as in 64m or 2g'],
    ["10p", '! "10p" is too large a size'],
  ])("%s", (text, expected) => {
    expect(shown(parseSizeText(text))).toEqual(expected);
  });
});

describe("resources", () => {
  test.each<[string, string, unknown]>([
    ["memory", "2g", { memory: "2g" }],
    ["cpu-quota", "-1", { "cpu-quota": -1 }],
    ["cpu-shares", "two", '! cpu-shares is a whole number, not "two"'],
    ["cpu-shares", "1.5", '! cpu-shares is a whole number, not "1.5"'],
    ["cpu-share", "2", '! resources have no field "cpu-share" (did you mean "cpu-shares"?)'],
  ])("field %s=%s", (name, text, expected) => {
    expect(shown(parseResourceField(name, text))).toEqual(expected);
  });

  it("as an object leave out what they do not know", () => {
    const entries = new Map([
      ["memory", "1g"],
      ["cpuset-cpus", "0-3"],
      ["gpu", "1"],
    ]);
    expect(shown(resourcesFromEntries(entries))).toEqual({ memory: "1g", "cpuset-cpus": "0-3" });
    expect(shown(resourcesFromEntries(new Map([["cpu-period", "x"]])))).toBe('! cpu-period is a whole number, not "x"');
  });
});

describe("the address of a context", () => {
  test.each([
    ["https://example.com/a.tar", true, false],
    ["git://example.com/a.git", true, false],
    ["ssh://git@example.com/a.git", true, true],
    ["git@github.com:org/repo.git", true, true],
    ["github.com/org/repo", true, false],
    ["./github.com/org/repo", false, false],
    ["a/b@c", false, false],
    [".", false, false],
    ["docker-image://alpine", false, false],
  ])("%s is remote: %j, git over ssh: %j", (address, remote, ssh) => {
    expect([isRemoteContext(address), isGitOverSsh(address)]).toEqual([remote, ssh]);
  });

  it("may name a target, or an image or layout, which main contexts cannot be", () => {
    expect(linkedTarget("target:base")).toBe("base");
    expect(linkedTarget("targets:base")).toBeUndefined();
    expect(["docker-image://x", "oci-layout://x", "target:x", "cwd://x"].map(isNamedOnly)).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });
});

it("an element of platforms may hold several", () => {
  expect(splitPlatforms("linux/amd64, linux/arm64")).toEqual(["linux/amd64", "linux/arm64"]);
});
