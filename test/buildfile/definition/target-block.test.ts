import { describe, expect, it } from "vitest";
import { evaluateDefinition } from "../../../src/buildfile/definition/evaluate-definition.ts";
import type { TargetSettings } from "../../../src/buildfile/definition.ts";
import type { LanguageFunction } from "../../../src/buildfile/hcl/function.ts";
import { parseHcl } from "../../../src/buildfile/hcl/parse.ts";
import type { SyntaxFile } from "../../../src/buildfile/hcl/syntax.ts";
import { unknownValue } from "../../../src/buildfile/hcl/value.ts";
import { definitionOf, evaluateFiles, inputOf, originText, problemsOf, settingsOf, shown } from "./evaluate.ts";

/** The settings of a target with one attribute. */
const settingOf = (attribute: string) => settingsOf(definitionOf(`target "default" {\n  ${attribute}\n}`)).default;

describe("an attribute of a target", () => {
  it.each([
    ["target = 5", { target: "5" }],
    ["description = true", { description: "true" }],
    ["description = null", {}],
    ["context = null", {}],
    ['context = ""', { context: "" }],
    ["dockerfile-inline = <<EOT\nFROM scratch\nEOT", { "dockerfile-inline": "FROM scratch\n" }],
    ['pull = "true"', { pull: true }],
    ['no-cache = "0"', { "no-cache": false }],
    ['args = { N = 1.50, B = false, S = "", X = null }', { args: { B: "false", N: "1.5", S: "" } }],
    ['labels = { "a.b" = "c" }', { labels: { "a.b": "c" } }],
    ['contexts = { a = "target:b", c = "" }', { contexts: { a: "target:b", c: "" } }],
    ['extra-hosts = { h = "10.0.0.1" }', { "extra-hosts": { h: "10.0.0.1" } }],
    ['tags = ["a", 1, true]', { tags: ["a", "1", "true"] }],
    ["tags = []", { tags: [] }],
    ["tags = null", {}],
    ['inherits = ["a"]', { inherits: ["a"] }],
    ['platforms = ["linux/amd64"]', { platforms: ["linux/amd64"] }],
    ['annotations = ["a=b"]', { annotations: ["a=b"] }],
    ['no-cache-filter = ["s"]', { "no-cache-filter": ["s"] }],
    ['ulimits = ["nofile=1"]', { ulimits: ["nofile=1"] }],
    ['entitlements = ["network.host"]', { entitlements: ["network.host"] }],
    ['shm-size = "64m"', { "shm-size": "64m" }],
    ['network = "host"', { network: "host" }],
    ['call = "check"', { call: "check" }],
    [
      'output = ["type=oci,dest=a.tar", "out", "", null, { type = "image", push = true, name = null }]',
      {
        output: [
          { type: "oci", attributes: { dest: "a.tar" } },
          { type: "local", attributes: { dest: "out" } },
          { type: "image", attributes: { push: "true" } },
        ],
      },
    ],
    ["output = []", { output: [] }],
    [
      'cache-from = ["a,b", { type = "gha" }]',
      {
        "cache-from": [
          { type: "registry", attributes: { ref: "a" } },
          { type: "registry", attributes: { ref: "b" } },
          { type: "gha", attributes: {} },
        ],
      },
    ],
    ['cache-to = ["type=inline"]', { "cache-to": [{ type: "inline", attributes: {} }] }],
    [
      'secret = ["id=a,env=B", { id = "c", src = "d", type = "file" }]',
      {
        secret: [
          { id: "a", env: "B" },
          { id: "c", src: "d" },
        ],
      },
    ],
    [
      'ssh = ["default", { id = "k", paths = ["p"] }]',
      {
        ssh: [
          { id: "default", paths: [] },
          { id: "k", paths: ["p"] },
        ],
      },
    ],
    ['attest = [{ type = "sbom", disabled = true }]', { attest: [{ type: "sbom", disabled: true, attributes: {} }] }],
    ['policy = [{ filename = "p.rego" }]', { policy: [{ filenames: ["p.rego"] }] }],
    [
      'resources = { memory = "2g", cpu-shares = 512, cpuset-cpus = null }',
      { resources: { memory: "2g", "cpu-shares": 512 } },
    ],
  ])("%s", (attribute, expected) => {
    expect(settingOf(attribute)).toEqual(expected);
  });
});

describe("a wrong attribute of a target", () => {
  it.each([
    ['tags = "a"', 'attribute-type 2:10 "a"', 'write tags = ["a"]'],
    ["tags = { a = 1 }", "attribute-type 2:10 { a = 1 }", undefined],
    ['tags = ["a", ["b"]]', 'attribute-type 2:16 ["b"]', undefined],
    ["tags = [\n    null\n  ]", "attribute-type 3:5 null", "leave it out, for example with compact([…])"],
    ['args = ["A=1"]', 'attribute-type 2:10 ["A=1"]', 'write args = { KEY = "value" }'],
    ['args = { A = "1", L = ["a"] }', 'attribute-type 2:21 L = ["a"]', undefined],
    ["contexts = { a = null }", "attribute-type 2:16 a = null", undefined],
    ['pull = "maybe"', 'attribute-type 2:10 "maybe"', undefined],
    ['dockerfile = ["a"]', 'attribute-type 2:16 ["a"]', undefined],
    ['policy = "x"', 'attribute-type 2:12 "x"', 'write policy = ["x"]'],
    ['output = { type = "oci" }', 'attribute-type 2:12 { type = "oci" }', undefined],
    ["output = [5]", "attribute-type 2:13 5", undefined],
    ['output = [{ type = "oci", dest = ["a"] }]', 'attribute-type 2:13 { type = "oci", dest = ["a"] }', undefined],
    ['attest = ["mode=max"]', 'attribute-entry 2:13 "mode=max"', undefined],
    ['attest = [{ mode = "max" }]', 'attribute-entry 2:13 { mode = "max" }', undefined],
    ['output = ["type=oci,dest"]', "attribute-entry 2:23 dest", undefined],
    ['output = [upper("type=oci,dest")]', 'attribute-entry 2:13 upper("type=oci,dest")', undefined],
    ['secret = ["id=a,sorce=b"]', 'attribute-entry 2:13 "id=a,sorce=b"', undefined],
    ["resources = { cpu-shares = 1.5 }", "attribute-type 2:17 cpu-shares = 1.5", undefined],
  ])("%s is refused at the very place", (attribute, expected, hint) => {
    const text = `target "default" {\n  ${attribute}\n}`;
    expect(problemsOf(text)).toEqual([`buildfile/${expected}`]);
    expect(evaluateFiles(text).diagnostics[0]?.hint).toBe(hint);
  });
});

describe("attributes of a target", () => {
  it("say where every part of them comes from", () => {
    const definition = definitionOf(`target "t" {
  context = "ctx"
  tags = ["a", "b"]
  args = { A = "1", (upper("b")) = "2" }
  cache-from = ["x", { type = "gha" }]
  inherits = [for p in ["p"] : p]
}`);
    const settings: TargetSettings = definition.targets.get("t")?.settings ?? {};
    const found = [
      settings.context,
      settings.tags,
      settings.args?.get("A"),
      settings.args?.get("B"),
      ...(settings["cache-from"] ?? []),
      ...(settings.inherits ?? []),
    ];
    expect(found.map((setting) => setting && originText(setting.origin))).toEqual([
      't 2:13 "ctx"',
      't 3:10 ["a", "b"]',
      't 4:12 A = "1"',
      't 4:10 { A = "1", (upper("b")) = "2" }',
      't 5:17 "x"',
      't 5:22 { type = "gha" }',
      't 6:14 [for p in ["p"] : p]',
    ]);
  });

  it("that are wrong do not take the others with them", () => {
    const { value, diagnostics } = evaluateFiles(
      'target "t" {\n  tags = NOPE\n  target = "kept"\n  args = 5\n  pull = "x"\n}',
    );
    expect(diagnostics.map(({ code }) => code)).toEqual([
      "eval/unknown-variable",
      "buildfile/attribute-type",
      "buildfile/attribute-type",
    ]);
    expect(settingsOf(value).t).toEqual({ target: "kept" });
  });
});

describe("what nobody reads", () => {
  it.each([
    ["a misspelt attribute", 'target "t" { tgas = [] }', "unknown-attribute 1:14 tgas", 'did you mean "tags"?'],
    [
      "an underscore",
      'target "t" { cache_from = [] }',
      "unknown-attribute 1:14 cache_from",
      'did you mean "cache-from"?',
    ],
    [
      "a word of the command line",
      'target "t" { build-arg = {} }',
      "unknown-attribute 1:14 build-arg",
      'here it is called "args"',
    ],
    [
      "a map as a block",
      'target "t" {\n  args {\n    A = "1"\n  }\n}',
      "unexpected-block 2:3 args",
      "write it with an equals sign: args = { … }",
    ],
    [
      "a misspelt block",
      'target "t" {\n  arg {\n    A = "1"\n  }\n}',
      "unexpected-block 2:3 arg",
      'did you mean "args"?',
    ],
    [
      "a block in a variable",
      'variable "v" {\n  validations {\n  }\n}',
      "unexpected-block 2:3 validations",
      'did you mean "validation"?',
    ],
    [
      "an attribute of a variable",
      'variable "v" { defualt = 1 }',
      "unknown-attribute 1:16 defualt",
      'did you mean "default"?',
    ],
    [
      "an attribute of a group",
      'group "g" {\n  targets = []\n  target = []\n}',
      "unknown-attribute 3:3 target",
      'did you mean "targets"?',
    ],
    [
      "a field of resources",
      'target "t" { resources = { memry = "1g" } }',
      'unknown-attribute 1:28 memry = "1g"',
      'did you mean "memory"?',
    ],
    ["a block type", 'targe "t" {}', "unknown-block 1:1 targe", 'did you mean "target"?'],
  ])("is a warning: %s", (_, text, expected, hint) => {
    const { diagnostics } = evaluateFiles(text);
    expect(problemsOf(text)).toEqual([`buildfile/${expected}`]);
    expect(diagnostics).toMatchObject([{ severity: "warning", hint }]);
  });

  it("is not evaluated", () => {
    expect(problemsOf('target "t" { nobody = NOPE }')).toEqual(["buildfile/unknown-attribute 1:14 nobody"]);
  });
});

describe("blocks of one name", () => {
  it("are merged, over files too, and remember what was replaced", () => {
    const definition = definitionOf({
      "a.hcl": 'target "t" {\n  target = "one"\n  args = { A = "1", B = "1" }\n  cache-from = ["x"]\n}',
      "b.hcl": 'target "t" {\n  target = "two"\n  args = { B = "2", A = null }\n  cache-from = ["y"]\n}',
    });
    expect(settingsOf(definition).t).toMatchObject({ target: "two", args: { A: "1", B: "2" } });
    const replaced = definition.targets.get("t")?.settings.target?.replaced;
    expect(replaced && originText(replaced.origin)).toBe('t a.hcl:2:12 "one"');
    expect(definition.targets.get("t")?.settings["cache-from"]).toHaveLength(2);
    expect(definition.targets.get("t")?.span?.source.name).toBe("b.hcl");
  });

  it("stay in the order of first appearance", () => {
    const names = [...definitionOf('target "b" {}\ntarget "a" {}\ntarget "b" {}').targets.keys()];
    expect(names).toEqual(["b", "a"]);
  });
});

describe("groups", () => {
  it("list their targets once, with a description", () => {
    const { groups } = definitionOf('group "g" {\n  description = upper("all")\n  targets = ["a", "a", "b"]\n}');
    expect(groups.get("g")).toMatchObject({ name: "g", description: "ALL", targets: ["a", "b"], fromMatrix: false });
  });

  it("of a later block replace the earlier", () => {
    const { groups } = definitionOf(
      'group "g" {\n  description = "d"\n  targets = ["a"]\n}\ngroup "g" { targets = ["b"] }',
    );
    expect(groups.get("g")?.targets).toEqual(["b"]);
    expect(groups.get("g")?.description).toBeUndefined();
  });

  it.each([
    ["without targets", 'group "g" {}', 'group-targets 1:7 "g"'],
    ["with a target as text", 'group "g" { targets = "a" }', 'attribute-type 1:23 "a"'],
    ["with a name", 'group "g" {\n  name = "x"\n  targets = []\n}', "unexpected-attribute 2:3 name"],
    ["with a matrix", 'group "g" {\n  matrix = {}\n  targets = []\n}', "unexpected-attribute 2:3 matrix"],
  ])("%s are refused", (_, text, expected) => {
    expect(problemsOf(text)).toEqual([`buildfile/${expected}`]);
  });
});

describe("labels of blocks", () => {
  it.each([
    ['target "a.b" {}', 'invalid-name 1:8 "a.b"'],
    ['group "my group" { targets = [] }', 'invalid-name 1:7 "my group"'],
    ["target {}", "label-count 1:1 target"],
    ['variable "a" "b" {}', 'label-count 1:14 "b"'],
    ["function {}", "label-count 1:1 function"],
  ])("%s", (text, expected) => {
    expect(problemsOf(text)).toEqual([`buildfile/${expected}`]);
  });
});

describe("paths relative to their files", () => {
  const files = {
    "sub/a.hcl": `
target "ctx" {
  context = "src"
  contexts = { a = "dir", up = "../x", img = "docker-image://x", t = "target:ctx", abs = "/abs", oci = "oci-layout://y", cwd = "cwd://z", git = "https://h/r.git", none = "" }
}
target "plain" {}
target "remote" { context = "git@github.com:o/r.git" }`,
    "other/b.hcl": `
target "same" { context = target.ctx.context }
target "joined" { context = "\${target.ctx.context}/x" }
target "plain" { target = "t" }`,
  };

  it("are joined to the folder of the file that holds them", () => {
    const definition = definitionOf(files, { folders: { "sub/a.hcl": "sub", "other/b.hcl": "other" } });
    const settings = settingsOf(definition);
    expect(settings.ctx).toEqual({
      context: "sub/src",
      contexts: {
        a: "sub/dir",
        up: "x",
        img: "docker-image://x",
        t: "target:ctx",
        abs: "/abs",
        oci: "oci-layout://y",
        cwd: "cwd://z",
        git: "https://h/r.git",
        none: "",
      },
    });
    expect(settings.remote).toEqual({ context: "git@github.com:o/r.git" });
    expect(settings.same).toEqual({ context: "sub/src" });
    expect(settings.joined).toEqual({ context: "other/src/x" });
    expect(definition.targets.get("plain")?.folder).toBe("other");
  });

  it("are left alone otherwise", () => {
    const definition = definitionOf(files);
    expect(settingsOf(definition).ctx).toMatchObject({ context: "src" });
    expect(definition.targets.get("plain")?.folder).toBeUndefined();
  });
});

describe("several problems", () => {
  it("are reported together, in the order of the files and places", () => {
    const files = {
      "b.hcl": 'target "x" { tags = [LATE] }\nvariable "V" { default = EARLY }\ntargt "y" {}',
      "a.hcl": 'target "z" { args = 5 }',
    };
    expect(evaluateFiles(files).diagnostics.map((found) => shown(found).replace(/:[^:]*$/, ""))).toEqual([
      "eval/unknown-variable b.hcl:1:22",
      "eval/unknown-variable b.hcl:2:26",
      "buildfile/unknown-block b.hcl:3:1",
      "buildfile/attribute-type a.hcl:1:21",
    ]);
  });
});

describe("a function of the library that gives neither value nor reason", () => {
  it("is a bug that is not passed over", () => {
    const broken: LanguageFunction = { kind: "value", parameters: [], description: "", call: () => unknownValue };
    const source = { name: "docker-bake.hcl", text: 'target "x" { tags = broken() }' };
    const files: readonly SyntaxFile[] = [{ source, format: "hcl", body: parseHcl(source).value }];
    const input = { ...inputOf({}), functions: new Map([["broken", broken]]) };
    expect(() => evaluateDefinition(files, input)).toThrow(
      "no value, and no reason why, for docker-bake.hcl: broken()",
    );
  });
});
