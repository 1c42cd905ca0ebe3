import { describe, expect, it } from "vitest";
import { classify } from "../../src/buildfile/classify.ts";
import { defaultFileNames, discoverFiles, formatOf } from "../../src/buildfile/discover.ts";

describe("the files of a folder", () => {
  it.each([
    ["nothing", [], [], []],
    ["one file", ["docker-bake.hcl", "Dockerfile"], ["docker-bake.hcl"], []],
    [
      "bake's, in its order",
      ["docker-bake.override.hcl", "docker-bake.hcl", "docker-bake.json", "compose.yaml"],
      ["compose.yaml", "docker-bake.json", "docker-bake.hcl", "docker-bake.override.hcl"],
      [],
    ],
    [
      "ours, where bake finds nothing",
      ["tsbake.override.toml", "tsbake.toml", "bake.hcl"],
      ["bake.hcl", "tsbake.toml", "tsbake.override.toml"],
      [],
    ],
    [
      "bake's only, where both are",
      ["docker-bake.hcl", "docker-bake.toml", "bake.hcl"],
      ["docker-bake.hcl"],
      ["docker-bake.toml", "bake.hcl"],
    ],
  ])("%s", (_, present, files, leftOut) => {
    expect(discoverFiles(new Set(present))).toEqual({ files, leftOut });
  });

  it("have names that tell what they are, each once", () => {
    expect(new Set(defaultFileNames).size).toBe(defaultFileNames.length);
    for (const name of defaultFileNames) expect(formatOf(name), name).toBeDefined();
  });
});

describe("what a file is", () => {
  const compose = (text: string) => /^services:/m.test(text);

  it.each([
    ["compose.yaml", "", ["compose"], "compose"],
    ["X.YML", "", ["compose"], "compose"],
    ["a.hcl", "{}", ["hcl"], "hcl"],
    ["a.json", "services: {}", ["json"], "json"],
    ["a.toml", "", ["toml"], "toml"],
    ["a.HCL", 'target "x" {}', ["hcl", "json"], "hcl"],
    ["a.JSON", "{}", ["hcl", "json"], "json"],
    ["-", "services:\n  a: {}", ["compose", "hcl", "json"], "compose"],
    ["-", 'target "x" {}', ["hcl", "json", "toml"], "hcl"],
    ["Bakefile", '\n {"target": {}}', ["hcl", "json", "toml"], "json"],
    ["Bakefile", '# ours\n[target.default]\ntags = ["a"]\n', ["hcl", "json", "toml"], "toml"],
    ["Bakefile", '[["target.x"]] # c', ["hcl", "json", "toml"], "toml"],
    ["Bakefile", "tags = [\n  A[0]\n]", ["hcl", "json", "toml"], "hcl"],
  ])("%s with %j", (name, text, attempts, likely) => {
    expect(classify(name, text, compose)).toEqual({ attempts, likely });
  });

  it("is not asked of the content when the name tells", () => {
    const ask = () => {
      throw new Error("asked");
    };
    expect(classify("a.json", "{}", ask).likely).toBe("json");
    expect(classify("a.JSON", "{}", ask).likely).toBe("json");
  });
});
