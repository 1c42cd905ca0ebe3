import { expect, test } from "vitest";
import { locateCache } from "../../../src/engine/store/locate.ts";

const cases: readonly (readonly [platform: NodeJS.Platform, variables: Record<string, string>, expected: string])[] = [
  ["linux", {}, "/home/me/.cache/tsbake"],
  ["linux", { XDG_CACHE_HOME: "/var/cache/me" }, "/var/cache/me/tsbake"],
  ["linux", { XDG_CACHE_HOME: "relative" }, "/home/me/.cache/tsbake"],
  ["linux", { XDG_CACHE_HOME: "" }, "/home/me/.cache/tsbake"],
  ["linux", { TSBAKE_CACHE_DIR: "here", XDG_CACHE_HOME: "/x" }, "here"],
  ["freebsd", {}, "/home/me/.cache/tsbake"],
  ["darwin", {}, "/home/me/Library/Caches/tsbake"],
  ["darwin", { XDG_CACHE_HOME: "/x" }, "/x/tsbake"],
  ["win32", { LOCALAPPDATA: "C:\\Users\\me\\AppData\\Local" }, "C:\\Users\\me\\AppData\\Local\\tsbake\\cache"],
  ["win32", {}, "C:\\Users\\me\\AppData\\Local\\tsbake\\cache"],
  ["win32", { XDG_CACHE_HOME: "D:\\caches" }, "D:\\caches\\tsbake"],
  ["win32", { XDG_CACHE_HOME: "caches", LOCALAPPDATA: "D:\\l" }, "D:\\l\\tsbake\\cache"],
];

test.each(cases)("on %s with %j the cache is in %s", (platform, variables, expected) => {
  const homeFolder = platform === "win32" ? "C:\\Users\\me" : "/home/me";
  expect(locateCache({ platform, variables, homeFolder })).toBe(expected);
});
