import { describe, expect, it, test } from "vitest";
import { formatPlatform, parsePlatform, platformFolder, runnablePlatforms } from "../../src/oci/platform.ts";

const host = { os: "linux", architecture: "amd64" };

function read(text: string): string {
  const platform = parsePlatform(text, host);
  return platform.ok ? formatPlatform(platform.value) : `! ${platform.message}`;
}

describe("a platform", () => {
  test.each([
    ["linux/arm64/v8", "linux/arm64"],
    ["linux/amd64/v1", "linux/amd64"],
    ["linux/arm/v7", "linux/arm/v7"],
    ["arm", "linux/arm/v7"],
    ["aarch64", "linux/arm64"],
    ["local", "linux/amd64"],
    ["linux/x86_64/v3", "linux/amd64/v3"],
    ["linux", "linux/amd64"],
    ["darwin", "darwin/amd64"],
    ["macos/arm64", "darwin/arm64"],
    ["Linux/AMD64", "linux/amd64"],
    ["linux/i386", "linux/386"],
    ["linux/armhf", "linux/arm/v7"],
    ["linux/armel", "linux/arm/v6"],
    ["linux/arm/6", "linux/arm/v6"],
    ["linux/arm64/9.0", "linux/arm64/v9"],
    ["windows(10.0.17763)/amd64", "windows(10.0.17763)/amd64"],
    ["windows(10.0.17763+win32k)/amd64", "windows(10.0.17763+win32k)/amd64"],
    ["plan10/toaster", "plan10/toaster"],
  ])("%s is %s", (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  test.each([["linux/amd64/v2/x/y"], [""], ["toaster"], ["linux/*"], ["linux//v7"], ["linux/amd 64"]])(
    "%j is none, and the message says it",
    (text) => {
      expect(read(text)).toContain(`! ${JSON.stringify(text)}`);
    },
  );

  it("is the same after it was written and read", () => {
    for (const text of ["windows(10.0+a+b)/arm64/v9", "linux/arm/v5", "linux/riscv64"]) {
      expect(read(read(text))).toBe(read(text));
    }
  });

  it("names the folder of its part of a split output", () => {
    expect(platformFolder({ os: "linux", architecture: "arm", variant: "v7" })).toBe("linux_arm_v7");
  });
});

describe("a machine", () => {
  test.each([
    ["linux/amd64", "linux/amd64 linux/386"],
    ["linux/amd64/v3", "linux/amd64/v3 linux/amd64/v2 linux/amd64 linux/386"],
    ["linux/arm/v7", "linux/arm/v7 linux/arm/v6 linux/arm/v5"],
    ["linux/arm64", "linux/arm64 linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5"],
    ["linux/s390x", "linux/s390x"],
  ])("of %s runs %s", (text, expected) => {
    const platform = parsePlatform(text, host);
    expect(platform.ok && runnablePlatforms(platform.value).map(formatPlatform).join(" ")).toBe(expected);
  });

  it("of a later arm64 level runs the earlier ones", () => {
    const names = runnablePlatforms({ os: "linux", architecture: "arm64", variant: "v9.1" }).map(formatPlatform);
    expect(names.slice(0, 4)).toEqual(["linux/arm64/v9.1", "linux/arm64/v9", "linux/arm64/v8.6", "linux/arm64/v8.5"]);
    expect(names).toContain("linux/arm64");
  });
});
