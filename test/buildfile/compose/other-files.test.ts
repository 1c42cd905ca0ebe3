/** Compose files beside other build files, in real folders. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { load } from "../../../src/api/load.ts";
import { brief } from "./load-texts.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function loadFolder(
  files: Readonly<Record<string, string>>,
  options: {
    readonly files?: readonly string[];
    readonly variables?: ReadonlyMap<string, string>;
    readonly environment?: Record<string, string>;
  } = {},
) {
  const workingFolder = mkdtempSync(join(tmpdir(), "tsbake-compose-"));
  folders.push(workingFolder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(workingFolder, name)), { recursive: true });
    writeFileSync(join(workingFolder, name), text);
  }
  const { value, diagnostics } = await load({ environment: {}, ...options, workingFolder });
  return { value, diagnostics, problems: brief(diagnostics) };
}

test("targets and groups of HCL are laid over those of compose, whatever the order", async () => {
  const files = {
    "c.yaml": "services: {app: {build: {args: {A: c, B: c}, tags: [c]}}, other: {build: .}}",
    "b.hcl":
      'target "app" {\n  args = { B = "h" }\n  tags = ["h"]\n}\ntarget "mine" {}\ngroup "default" { targets = ["mine"] }\n',
  };
  for (const order of [
    ["b.hcl", "c.yaml"],
    ["c.yaml", "b.hcl"],
  ]) {
    const { value, problems } = await loadFolder(files, { files: order });
    expect(problems).toEqual([]);
    expect([...value.targets.keys()]).toEqual(["app", "other", "mine"]);
    expect(value.groups.get("default")?.targets).toEqual(["mine"]);
    const { args, tags } = value.targets.get("app")?.settings ?? {};
    expect([args?.get("A")?.value, args?.get("B")?.value, args?.get("B")?.replaced?.value]).toEqual(["c", "h", "c"]);
    expect([tags?.value, tags?.replaced?.origin.kind]).toEqual([["h"], "compose"]);
  }
});

test("the group of a matrix target gives way to that of compose", async () => {
  const files = {
    "compose.yaml": "services: {app: {build: .}}",
    "docker-bake.hcl": 'target "default" {\n name = "t-${v}"\n matrix = { v = ["1", "2"] }\n}\n',
  };
  const { value, problems } = await loadFolder(files);
  expect(problems).toEqual([]);
  expect(value.groups.get("default")?.targets).toEqual(["app"]);
});

test("a variable of a compose file is not unused, one of none is", async () => {
  const files = { "compose.yaml": "services: {app: {build: {tags: ['x:${TAG}']}}}" };
  const variables = new Map([
    ["TAG", "1"],
    ["TGA", "2"],
  ]);
  const { value, problems } = await loadFolder(files, { variables });
  expect(problems).toEqual(["buildfile/unused-override warning"]);
  expect(value.targets.get("app")?.settings.tags?.value).toEqual(["x:1"]);
});

test("a file whose name does not tell is compose when it loads as compose", async () => {
  const { value } = await loadFolder({ stack: "services: {app: {build: .}}" }, { files: ["stack"] });
  expect([...value.targets.keys()]).toEqual(["app"]);
  const hcl = await loadFolder({ stack: "x = {\nservices: 1\n}\ntarget app {}" }, { files: ["stack"] });
  expect([...hcl.value.targets.keys()]).toEqual(["app"]);
  const broken = await loadFolder({ stack: "services:\n  app: {build: {contxt: .}}" }, { files: ["stack"] });
  expect(broken.problems).toEqual(["compose/unknown-key error stack:2:17"]);
});

test("mistakes of compose and of HCL files are reported together", async () => {
  const files = { "compose.yaml": "services: {app: {build: {contxt: .}}}", "docker-bake.hcl": "target app {" };
  const { problems } = await loadFolder(files);
  expect(problems.some((problem) => problem.includes("compose.yaml:1:26"))).toBe(true);
  expect(problems.some((problem) => problem.includes("docker-bake.hcl"))).toBe(true);
});

test("files beside compose files are read: .env, includes and extended files", async () => {
  const { value, problems } = await loadFolder({
    ".env": "TAG=7\n",
    "compose.yaml": "include: [lib/compose.yaml]\nservices: {app: {extends: {file: base/b.yaml, service: b}}}",
    "lib/compose.yaml": "services: {lib: {build: .}}",
    "base/b.yaml": "services: {b: {image: 'b:${TAG}', build: ./src}}",
  });
  expect(problems).toEqual([]);
  const { settings } = value.targets.get("app") ?? {};
  expect([settings?.context?.value, settings?.tags?.value]).toEqual(["base/src", ["b:7"]]);
  expect(value.targets.get("lib")?.settings.context?.value).toBe("lib");
});

test("contexts are relative to the first compose file when the environment asks for it", async () => {
  const { value } = await loadFolder(
    { "sub/compose.yaml": "services: {app: {build: ./x}, here: {build: {target: t}}}" },
    { files: ["sub/compose.yaml"], environment: { BUILDX_BAKE_FILE_RELATIVE_PATHS: "1" } },
  );
  expect(value.targets.get("app")?.settings.context?.value).toBe("sub/x");
  expect(value.targets.get("here")?.settings.context?.value).toBe("sub");
});

test("other build files cannot include a compose file", async () => {
  const { diagnostics } = await loadFolder({ "docker-bake.hcl": 'include = ["c.yaml"]\n', "c.yaml": "services: {}" });
  expect(diagnostics.map(({ code }) => code)).toContain("buildfile/compose-included");
});
