import { describe, expect, it, test } from "vitest";
import type { BuildFlags } from "../../../src/plan/override/build-flags.ts";
import { planOf } from "../planning.ts";

const file = `
target "base" { args = { BASE = "1" } }
target "default" {
  inherits = ["base"]
  tags = ["t"]
  attest = ["type=sbom"]
  contexts = { l = "target:linked" }
}
target "linked" {}
`;

function target(flags: BuildFlags, name = "default", text = file): unknown {
  const { json, problems } = planOf(text, { flags, environment: { FROM_ENV: "yes", HOME: "/h" } });
  expect(problems).toEqual([]);
  return json.target[name];
}

describe("a flag of bake", () => {
  test.each<[string, BuildFlags, Record<string, unknown>]>([
    ["--push", { push: true }, { output: [{ push: "true", type: "image" }] }],
    ["--load", { load: true }, { output: [{ type: "docker" }] }],
    ["--no-cache", { noCache: true }, { "no-cache": true }],
    ["--no-cache=false", { noCache: false }, { "no-cache": false }],
    ["--pull", { pull: true }, { pull: true }],
    ["--sbom=false", { sbom: "false" }, { attest: [{ disabled: true, type: "sbom" }] }],
    ["--sbom=generator=g", { sbom: "generator=g" }, { attest: [{ generator: "g", type: "sbom" }] }],
    [
      "--provenance=mode=max",
      { provenance: "mode=max" },
      { attest: [{ mode: "max", type: "provenance" }, { type: "sbom" }] },
    ],
    ["--call=outline,format=json", { call: "outline,format=json" }, { call: "outline" }],
    ["--check", { check: true }, { call: "check" }],
    ["--policy strict=true", { policy: ["strict=true"] }, { policy: [{ strict: true }] }],
  ])("%s", (_, flags, expected) => {
    expect(target(flags)).toMatchObject(expected);
  });

  it("that says false or build changes nothing", () => {
    expect(target({ push: false, load: false, call: "build" })).toEqual(target({}));
  });

  it("concerns linked targets too", () => {
    expect(target({ noCache: true }, "linked")).toMatchObject({ "no-cache": true, output: [{ type: "cacheonly" }] });
  });

  test.each<[BuildFlags, string]>([
    [{ sbom: "disabled=maybe" }, "--sbom=disabled=maybe: disabled is true or false"],
    [{ policy: ["filename=x"] }, "--policy filename=x: filename cannot be given here"],
    [{ policy: ["disabled=true,strict=true"] }, "--policy disabled=true,strict=true: disabled cannot be given here"],
    [{ outputs: ["a=b,c=d"] }, "--output a=b,c=d: an output needs a type"],
    [{ labels: ["=x"] }, "--label =x has no name"],
  ])("that cannot be read is named: %j", (flags, expected) => {
    expect(planOf(file, { flags }).problems[0]).toContain(expected);
  });
});

describe("a flag of build", () => {
  test.each<[string, BuildFlags, Record<string, unknown>]>([
    ["--tag replaces", { tags: ["a", "b"] }, { tags: ["a", "b"] }],
    ["--platform replaces", { platforms: ["linux/arm64,linux/amd64"] }, { platforms: ["linux/arm64,linux/amd64"] }],
    ["--output replaces", { outputs: ["out"] }, { output: [{ dest: "out", type: "local" }] }],
    [
      "--build-arg adds",
      { buildArgs: ["A=1", "FROM_ENV", "NOT_SET"] },
      { args: { A: "1", BASE: "1", FROM_ENV: "yes" } },
    ],
    ["--label adds", { labels: ["a.b=c", "empty"] }, { labels: { "a.b": "c", empty: "" } }],
    ["--annotation adds", { annotations: ["a=b"] }, { annotations: ["a=b"] }],
    [
      "--cache-from adds",
      { cacheFrom: ["r/a", "type=gha"] },
      { "cache-from": [{ ref: "r/a", type: "registry" }, { type: "gha" }] },
    ],
    ["--cache-to replaces", { cacheTo: ["type=inline"] }, { "cache-to": [{ type: "inline" }] }],
    ["--secret adds", { secrets: ["id=x,env=HOME"] }, { secret: [{ id: "x", env: "HOME" }] }],
    ["--target", { target: "stage" }, { target: "stage" }],
    ["--no-cache-filter", { noCacheFilters: ["a,b"] }, { "no-cache-filter": ["a", "b"] }],
  ])("%s", (_, flags, expected) => {
    expect(target(flags)).toMatchObject(expected);
  });

  it("concerns no linked target", () => {
    expect(target({ buildArgs: ["A=1"], target: "x" }, "linked")).toEqual({
      context: ".",
      dockerfile: "Dockerfile",
      output: [{ type: "cacheonly" }],
    });
  });

  it("does not reach a linked target by way of a selected parent", () => {
    const text =
      'target "default" { contexts = { l = "target:linked" } }\ntarget "linked" {\n inherits = ["default"]\n contexts = { l = "" }\n}';
    expect(target({ target: "x" }, "linked", text)).not.toHaveProperty("target");
  });
});
