import { expect, test } from "vitest";
import type { CacheEntry } from "../../../src/buildfile/attributes/entries.ts";
import { type CacheFacts, cacheCall, cacheImportsAttribute } from "../../../src/buildkit/target/cache-options.ts";
import { targetOf } from "../solve-request.ts";

const entry = (type: string, attributes: Readonly<Record<string, string>> = {}): CacheEntry => ({
  type,
  attributes: new Map(Object.entries(attributes)),
});
const facts = (settings: Partial<CacheFacts> = {}): CacheFacts => ({
  capabilities: new Set(["cache.gha", "cache.s3"]),
  environment: {},
  exportable: true,
  ...settings,
});

test("imports and exports are passed on, imports for the frontend as JSON too", () => {
  const target = targetOf({
    cacheFrom: [entry("registry", { ref: "r/a" })],
    cacheTo: [entry("registry", { ref: "r/a", mode: "max" })],
  });
  const { options, warnings } = cacheCall(target, facts());
  expect(options).toEqual({
    Imports: [{ Type: "registry", Attrs: new Map([["ref", "r/a"]]) }],
    Exports: [
      {
        Type: "registry",
        Attrs: new Map([
          ["ref", "r/a"],
          ["mode", "max"],
        ]),
      },
    ],
  });
  expect(warnings).toEqual([]);
  expect(cacheImportsAttribute(options).get("cache-imports")).toBe('[{"Type":"registry","Attrs":{"ref":"r/a"}}]');
});

test("an inline cache is exported once, however often it is asked for", () => {
  const target = targetOf({
    cacheTo: [entry("inline"), entry("inline")],
    args: new Map([["BUILDKIT_INLINE_CACHE", "1"]]),
  });
  expect(cacheCall(target, facts()).options.Exports.map(({ Type }) => Type)).toEqual(["inline"]);
});

test("the GitHub cache gets its access from the environment, and is left out with a warning where there is none", () => {
  const target = targetOf({ cacheTo: [entry("gha", { scope: "x" })] });
  const environment = {
    ACTIONS_RUNTIME_TOKEN: "t",
    ACTIONS_RESULTS_URL: "https://r",
    ACTIONS_CACHE_SERVICE_V2: "true",
  };
  expect(Object.fromEntries(cacheCall(target, facts({ environment })).options.Exports[0]?.Attrs ?? [])).toEqual({
    scope: "x",
    token: "t",
    url_v2: "https://r",
    version: "2",
  });
  expect(cacheCall(target, facts())).toMatchObject({
    options: { Exports: [] },
    warnings: [expect.stringMatching(/^cache-to of target "app": .*ACTIONS_RUNTIME_TOKEN.*left out$/)],
  });
});

test.each(["s3", "azblob"])("a builder without a kind of cache is told of in a warning: %s", (type) => {
  const target = targetOf({ cacheFrom: [entry(type, { bucket: "b" })] });
  const call = cacheCall(target, facts({ capabilities: new Set(["cache.gha"]) }));
  expect(call).toMatchObject({
    options: { Imports: [] },
    warnings: [expect.stringContaining(`no cache of type ${type}`)],
  });
});

test("a registry cache without a reference, and an export the engine cannot make, are refused", () => {
  expect(() => cacheCall(targetOf({ cacheFrom: [entry("registry")] }), facts())).toThrow(/has no ref/);
  const target = targetOf({ cacheTo: [entry("registry", { ref: "r" })] });
  expect(() => cacheCall(target, facts({ exportable: false }))).toThrow(
    expect.objectContaining({ code: "build/cache-export-unsupported" }),
  );
});
