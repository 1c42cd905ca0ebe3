import { posix } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cleanPath, joinPath } from "../../src/base/path.ts";

describe("cleanPath", () => {
  it.each([
    ["", "."],
    ["./", "."],
    ["a/", "a"],
    ["x/../y/", "y"],
    ["../../a", "../../a"],
    ["a/../..", ".."],
    ["/..", "/"],
    ["//a//b", "/a/b"],
  ])("%j is %j", (path, expected) => {
    expect(cleanPath(path)).toBe(expected);
  });

  it("agrees with node, but for trailing slashes", () => {
    const part = fc.constantFrom("", ".", "..", "a", "b c", "...");
    fc.assert(
      fc.property(
        fc.array(part).map((parts) => parts.join("/")),
        (path) => {
          const expected = posix.normalize(path);
          expect(cleanPath(path)).toBe(expected.length > 1 ? expected.replace(/\/$/, "") : expected);
        },
      ),
    );
  });
});

describe("joinPath", () => {
  it.each([
    ["sub", "ctx", "sub/ctx"],
    [".", "./ctx", "ctx"],
    ["sub", "../x", "x"],
    ["sub", "/abs/", "/abs"],
    ["/w", "..", "/"],
  ])("%j and %j make %j", (folder, path, expected) => {
    expect(joinPath(folder, path)).toBe(expected);
  });
});
