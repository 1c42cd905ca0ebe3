import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { Origin, Setting, TargetSettings } from "../../src/buildfile/definition.ts";
import { mergeSettings } from "../../src/buildfile/merge-settings.ts";
import { longestStory, story } from "../../src/buildfile/setting-history.ts";

let places = 0;

/** Every setting of a file has a place of its own. */
function at<T>(value: T): Setting<T> {
  const origin: Origin = { kind: "environment", variable: `place ${places++}` };
  return { value, origin };
}

function map(entries: Record<string, string>): ReadonlyMap<string, Setting<string>> {
  return new Map(Object.entries(entries).map(([key, value]) => [key, at(value)]));
}

const cache = (ref: string): { type: string; attributes: ReadonlyMap<string, string> } => ({
  type: "registry",
  attributes: new Map([["ref", ref]]),
});

/** The values alone, the form in which cases are written. */
function valuesOf(settings: TargetSettings): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings).map(([key, setting]) => {
      if (setting instanceof Map) {
        return [key, Object.fromEntries([...setting].map(([name, each]) => [name, each.value]))];
      }
      return [key, Array.isArray(setting) ? setting.map((each) => each.value) : setting.value];
    }),
  );
}

const secret = (id: string, env: string): Setting<{ id: string; env: string }> => at({ id, env });
const attest = (
  type: string,
  disabled: boolean,
): Setting<{ type: string; disabled: boolean; attributes: Map<string, string> }> =>
  at({ type, disabled, attributes: new Map() });

describe("a later block", () => {
  test.each<[string, TargetSettings, TargetSettings, Record<string, unknown>]>([
    ["replaces a text", { context: at("a") }, { context: at("b") }, { context: "b" }],
    ["keeps what it does not set", { context: at("a") }, { pull: at(true) }, { context: "a", pull: true }],
    ["replaces a flag by false", { pull: at(true) }, { pull: at(false) }, { pull: false }],
    [
      "keeps a description when its own is empty",
      { description: at("a") },
      { description: at("") },
      { description: "a" },
    ],
    ["replaces an empty description", { description: at("") }, { description: at("b") }, { description: "b" }],
    ["replaces tags as a whole", { tags: at(["a", "b"]) }, { tags: at(["c"]) }, { tags: ["c"] }],
    [
      "clears platforms with an empty list",
      { platforms: at(["linux/arm64"]) },
      { platforms: at([]) },
      { platforms: [] },
    ],
    ["replaces outputs", { output: at([cache("a")]) }, { output: at([cache("b")]) }, { output: [cache("b")] }],
    ["replaces cache exports", { "cache-to": at([cache("a")]) }, { "cache-to": at([]) }, { "cache-to": [] }],
    [
      "merges maps by key",
      { args: map({ A: "1", B: "1" }), contexts: map({ x: "y" }) },
      { args: map({ B: "2", C: "2" }), contexts: map({ x: "" }) },
      { args: { A: "1", B: "2", C: "2" }, contexts: { x: "" } },
    ],
    [
      "adds texts, equal ones once",
      { annotations: [at("a=1"), at("b=1")] },
      { annotations: [at("b=1"), at("c=1"), at("a=1")] },
      { annotations: ["a=1", "b=1", "c=1"] },
    ],
    [
      "adds caches, equal ones once and in place",
      { "cache-from": [at(cache("a")), at(cache("b"))] },
      { "cache-from": [at(cache("c")), at(cache("a"))] },
      { "cache-from": [cache("a"), cache("b"), cache("c")] },
    ],
    [
      "puts the last cache in the place of one that comes again",
      { "cache-from": [at(cache("a")), at(cache("b"))] },
      { "cache-from": [at(cache("b")), at(cache("c")), at(cache("a")), at(cache("d"))] },
      { "cache-from": [cache("a"), cache("b"), cache("d"), cache("c")] },
    ],
    [
      "puts a secret of an equal id in the place of the earlier",
      { secret: [secret("a", "X"), secret("b", "X")] },
      { secret: [secret("a", "Y"), secret("c", "Y")] },
      {
        secret: [
          { id: "a", env: "Y" },
          { id: "b", env: "X" },
          { id: "c", env: "Y" },
        ],
      },
    ],
    [
      "puts an attestation of an equal type in the place of the earlier",
      { attest: [attest("provenance", false), attest("sbom", false)] },
      { attest: [attest("provenance", true)] },
      {
        attest: [
          { type: "provenance", disabled: true, attributes: new Map() },
          { type: "sbom", disabled: false, attributes: new Map() },
        ],
      },
    ],
    [
      "applies an equal policy last",
      { policy: [at({ filenames: ["a"] }), at({ filenames: [], reset: true })] },
      { policy: [at({ filenames: ["a"] })] },
      { policy: [{ filenames: [], reset: true }, { filenames: ["a"] }] },
    ],
    [
      "merges resources by field",
      { resources: at({ memory: "1g", "cpu-shares": 2 }) },
      { resources: at({ memory: "2g", "cpu-quota": 5 }) },
      { resources: { memory: "2g", "cpu-shares": 2, "cpu-quota": 5 } },
    ],
  ])("%s", (_, base, over, expected) => {
    const before = [valuesOf(base), valuesOf(over)];
    expect(valuesOf(mergeSettings(base, over))).toEqual(expected);
    expect([valuesOf(base), valuesOf(over)]).toEqual(before);
  });
});

describe("the story of a setting", () => {
  it("goes back to the first block", () => {
    const [first, second, third] = [at("a"), at("b"), at("c")];
    const merged = mergeSettings(mergeSettings({ target: first }, { target: second }), { target: third });
    expect(merged.target && [...story(merged.target)].map(({ value }) => value)).toEqual(["c", "b", "a"]);
  });

  it("tells a place once that is met on two ways", () => {
    const root = { target: at("root") };
    const left = mergeSettings(root, { target: at("left") });
    const both = mergeSettings(left, root);
    expect(both.target && [...story(both.target)].map(({ value }) => value)).toEqual(["root", "left"]);
  });

  it("does not grow with the number of ways to an ancestor", () => {
    let left: TargetSettings = { target: at("root") };
    let right: TargetSettings = { target: at("root") };
    for (let level = 0; level < 40; level++) {
      const both = mergeSettings(left, right);
      left = mergeSettings(both, { target: at(`left ${level}`), annotations: [at("a")] });
      right = mergeSettings(both, { target: at(`right ${level}`), annotations: [at("b")] });
    }
    const merged = mergeSettings(left, right);
    expect(merged.target && [...story(merged.target)].length).toBe(longestStory);
    expect(merged.annotations?.length).toBe(2);
  });

  it("keeps its latest steps, however many blocks there were", () => {
    let settings: TargetSettings = {};
    for (let i = 0; i < 200; i++)
      settings = mergeSettings(settings, { target: at(`${i}`), resources: at({ memory: `${i}m` }) });
    const told = [...(settings.target ? story(settings.target) : [])].map(({ value }) => value);
    expect(told).toEqual(Array.from({ length: longestStory }, (_, i) => `${199 - i}`));
    expect(settings.resources && [...story(settings.resources)].length).toBe(longestStory);
  });

  it("holds the resources as they stood at each step", () => {
    const merged = mergeSettings({ resources: at({ memory: "1g" }) }, { resources: at({ "cpu-shares": 1 }) });
    expect(merged.resources && [...story(merged.resources)].map(({ value }) => value)).toEqual([
      { memory: "1g", "cpu-shares": 1 },
      { memory: "1g" },
    ]);
  });
});

describe("merging", () => {
  const word = fc.constantFrom("a", "b", "c", "");
  const setting = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<Setting<T>> => values.map(at);
  const texts = fc.dictionary(fc.constantFrom("x", "y", "z"), word, { maxKeys: 3 }).map(map);
  const resources = fc.record({ memory: word, "cpu-shares": fc.nat(3) }, { requiredKeys: [] });
  const policy = fc.record({ filenames: fc.array(word, { maxLength: 1 }), strict: fc.boolean() });
  const settings: fc.Arbitrary<TargetSettings> = fc.record(
    {
      description: setting(word),
      context: setting(word),
      pull: setting(fc.boolean()),
      args: texts,
      contexts: texts,
      tags: setting(fc.array(word, { maxLength: 3 })),
      output: setting(fc.array(word.map(cache), { maxLength: 3 })),
      annotations: fc.array(setting(word), { maxLength: 3 }),
      "cache-from": fc.array(setting(word.map(cache)), { maxLength: 3 }),
      secret: fc.array(setting(fc.record({ id: word, env: word })), { maxLength: 3 }),
      ssh: fc.array(setting(fc.record({ id: word, paths: fc.constant([]) })), { maxLength: 3 }),
      policy: fc.array(setting(policy), { maxLength: 3 }),
      resources: setting(resources),
    },
    { requiredKeys: [] },
  );

  /** Which of equal caches stays, and where, depends on what they meet first. */
  const ordered = (settings: TargetSettings) => {
    const refs = settings["cache-from"]?.map(({ value }) => value.attributes.get("ref") ?? "");
    return { ...settings, ...(refs && { "cache-from": refs.sort() }) };
  };

  it("is associative, stories included, but for the order of caches", () => {
    fc.assert(
      fc.property(settings, settings, settings, (a, b, c) => {
        expect(ordered(mergeSettings(mergeSettings(a, b), c))).toEqual(ordered(mergeSettings(a, mergeSettings(b, c))));
      }),
    );
  });

  it("is associative where a block is met twice", () => {
    fc.assert(
      fc.property(settings, settings, (a, b) => {
        expect(ordered(mergeSettings(mergeSettings(a, b), a))).toEqual(ordered(mergeSettings(a, mergeSettings(b, a))));
      }),
    );
  });

  it("with nothing changes nothing", () => {
    fc.assert(
      fc.property(settings, settings, (a, b) => {
        const merged = mergeSettings(a, b);
        expect(mergeSettings(merged, {})).toEqual(merged);
        expect(mergeSettings({}, merged)).toEqual(merged);
      }),
    );
  });
});
