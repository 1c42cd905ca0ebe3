import { describe, expect, it, test } from "vitest";
import { planOf } from "../planning.ts";

const file = `
target "default" {
  args = { A = "1", B = "1" }
  tags = ["t:1"]
  platforms = ["linux/amd64"]
  cache-from = ["r/from"]
  cache-to = ["type=inline"]
  output = ["type=docker"]
  secret = ["id=s,env=HOME"]
  ssh = ["k=a.sock"]
  ulimits = ["nofile=1"]
  no-cache-filter = ["st"]
  annotations = ["a=1"]
  entitlements = ["network.host"]
  attest = ["type=provenance,mode=max"]
  policy = ["filename=a.rego"]
  resources = { memory = "1g" }
}
`;

const surroundings = { environment: { HOME: "/home", X: "from env" }, files: { "a.sock": "socket" } } as const;

/** What of the printed target the flags changed. */
function changes(set: readonly string[], text = file): Record<string, unknown> {
  const before = planOf(text, surroundings);
  const after = planOf(text, { ...surroundings, set });
  expect(after.problems).toEqual([]);
  const was = JSON.parse(JSON.stringify(before.json.target.default));
  const is = JSON.parse(JSON.stringify(after.json.target.default));
  const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  const changed = keys.filter((key) => JSON.stringify(was[key]) !== JSON.stringify(is[key]));
  return Object.fromEntries(changed.map((key) => [key, is[key] ?? null]));
}

describe("--set", () => {
  test.each<[string, readonly string[], Record<string, unknown>]>([
    ["sets an argument", ["default.args.A=2"], { args: { A: "2", B: "1" } }],
    ["splits at the first =", ["default.args.A=b=c"], { args: { A: "b=c", B: "1" } }],
    ["takes names with dots", ["default.labels.org.x.y=2"], { labels: { "org.x.y": "2" } }],
    ["sets to nothing", ["default.args.A="], { args: { A: "", B: "1" } }],
    ["takes an argument from the environment", ["default.args.X"], { args: { A: "1", B: "1", X: "from env" } }],
    ["leaves an argument that is not in the environment", ["default.args.NOT_SET"], {}],
    ["takes text as text", ["default.args.A=${X} %{x}"], { args: { A: "$${X} %%{x}", B: "1" } }],
    ["sets the network", ["default.network=none"], { network: "none" }],
    ["sets the stage, the last time counts", ["default.target=a", "*.target=b"], { target: "b" }],
    ["sets flags", ["default.pull=t", "default.no-cache=0"], { pull: true, "no-cache": false }],
    ["replaces tags with all that are given", ["default.tags=x", "default.tags=y"], { tags: ["x", "y"] }],
    ["appends tags", ["default.tags+=x", "default.tags+=y"], { tags: ["t:1", "x", "y"] }],
    ["replaces and then appends", ["default.tags=x", "default.tags+=y"], { tags: ["x", "y"] }],
    ["replaces what was appended before", ["default.tags+=x", "default.tags=y"], { tags: ["y"] }],
    ["clears a list", ["default.tags=", "default.output="], { tags: null, output: null }],
    [
      "prints platforms as they were given",
      ["default.platform=linux/arm64,linux/amd64"],
      { platforms: ["linux/arm64,linux/amd64"] },
    ],
    [
      "replaces outputs",
      ["default.output=type=local,dest=out", "default.output=x.d"],
      {
        output: [
          { dest: "out", type: "local" },
          { dest: "x.d", type: "local" },
        ],
      },
    ],
    ["appends an output", ["default.output+=type=cacheonly"], { output: [{ type: "docker" }, { type: "cacheonly" }] }],
    ["replaces cache exports", ["default.cache-to=r/x"], { "cache-to": [{ ref: "r/x", type: "registry" }] }],
    [
      "replaces cache imports",
      ["default.cache-from=r/x,r/y"],
      {
        "cache-from": [
          { ref: "r/x", type: "registry" },
          { ref: "r/y", type: "registry" },
        ],
      },
    ],
    ["replaces ulimits", ["default.ulimits=nproc=2"], { ulimits: ["nproc=2"] }],
    ["appends ulimits", ["default.ulimits+=nproc=2"], { ulimits: ["nofile=1", "nproc=2"] }],
    [
      "replaces cache filters",
      ["default.no-cache-filter=a", "default.no-cache-filter=b"],
      { "no-cache-filter": ["a", "b"] },
    ],
    [
      "adds annotations, with and without a plus",
      ["default.annotations=b=2", "default.annotations+=c=3"],
      { annotations: ["a=1", "b=2", "c=3"] },
    ],
    [
      "adds entitlements",
      ["default.entitlements=security.insecure"],
      { entitlements: ["network.host", "security.insecure"] },
    ],
    [
      "merges attestations by type",
      ["default.attest=type=provenance,mode=min"],
      { attest: [{ mode: "min", type: "provenance" }] },
    ],
    ["replaces secrets", ["default.secrets=id=n,env=X"], { secret: [{ id: "n", env: "X" }] }],
    ["changes the source of a secret", ["default.secret.s=env=X"], { secret: [{ id: "s", env: "X" }] }],
    ["replaces ssh", ["default.ssh=j=a.sock"], { ssh: [{ id: "j", paths: ["a.sock"] }] }],
    ["replaces policies", ["default.policy=strict=true"], { policy: [{ strict: true }] }],
    ["sets a field of resources", ["default.resources.cpu-shares=5"], { resources: { memory: "1g", "cpu-shares": 5 } }],
    [
      "links by a named context",
      ["default.contexts.c=docker-image://alpine"],
      { contexts: { c: "docker-image://alpine" } },
    ],
  ])("%s", (_, set, expected) => {
    expect(changes(set)).toEqual(expected);
  });
});

describe("the output", () => {
  test.each<[string, readonly string[], string]>([
    ["push adds an image to docker outputs", ["type=docker"], '[{"type":"docker"},{"push":"true","type":"image"}]'],
    ["push adds an image to nothing", [], '[{"push":"true","type":"image"}]'],
    ["push marks images", ["type=image,name=x"], '[{"name":"x","push":"true","type":"image"}]'],
    ["push leaves other outputs alone", ["type=local,dest=out"], '[{"dest":"out","type":"local"}]'],
  ])("%s", (_, outputs, expected) => {
    const text = `target "default" { output = ${JSON.stringify(outputs)} }`;
    expect(JSON.stringify(planOf(text, { set: ["*.push=true"] }).json.target.default?.output)).toBe(expected);
  });

  test.each<[string, string, readonly string[], string | undefined]>([
    [
      "push=false takes registries out",
      "push=false",
      ["type=registry", "type=image,push=true", "type=docker"],
      '[{"push":"false","type":"image"},{"type":"docker"}]',
    ],
    ["load adds a docker output", "load=true", [], '[{"type":"docker"}]'],
    ["load leaves the docker output that is there", "load=true", ["type=docker"], '[{"type":"docker"}]'],
    [
      "load adds to a docker archive",
      "load=true",
      ["type=docker,dest=a"],
      '[{"dest":"a","type":"docker"},{"type":"docker"}]',
    ],
    ["load leaves outputs that are no images", "load=true", ["type=local,dest=a"], '[{"dest":"a","type":"local"}]'],
    ["load=false changes nothing", "load=false", [], undefined],
  ])("%s", (_, set, outputs, expected) => {
    const text = `target "default" { output = ${JSON.stringify(outputs)} }`;
    expect(JSON.stringify(planOf(text, { set: [`default.${set}`] }).json.target.default?.output)).toBe(expected);
  });
});

describe("a --set that is wrong", () => {
  test.each<[string, string]>([
    ["default=red", 'error plan/bad-override: --set "default=red" names no attribute'],
    [".tags=x", 'error plan/bad-override: --set ".tags=x" names no attribute'],
    ["default.tags", 'error plan/bad-override: --set "default.tags" gives "tags" no value'],
    [
      "default.args=x",
      'error plan/bad-override: --set "default.args=x": "args" needs the name of the one to set [write args.NAME=value]',
    ],
    [
      "default.tags.x=y",
      'error plan/bad-override: --set "default.tags.x=y": "tags" is set as a whole [write tags=value]',
    ],
    [
      "default.secret=id=x",
      'error plan/bad-override: --set "default.secret=id=x": "secret" needs the name of the one to set [write secret.ID=env=NAME',
    ],
    ["[a.tags=x", 'error plan/bad-override: the pattern "[a" of --set "[a.tags=x" is broken'],
    [
      "default.colour=red",
      'error plan/unknown-override-key: --set "default.colour=red": "colour" is nothing that can be set',
    ],
    [
      "default.platforms=x",
      'error plan/unknown-override-key: --set "default.platforms=x": "platforms" is nothing that can be set [the key is called "platform"]',
    ],
    [
      "default.contxt=x",
      'error plan/unknown-override-key: --set "default.contxt=x": "contxt" is nothing that can be set [did you mean "context"?]',
    ],
    ["default.inherits=x", "[what a target inherits is decided in its file]"],
    [
      "default.pull=maybe",
      'error plan/bad-override-value: --set "default.pull=maybe": pull is true or false, not "maybe"',
    ],
    [
      "default.output=dest=a,x=b",
      'error plan/bad-override-value: --set "default.output=dest=a,x=b": an output needs a type',
    ],
    [
      "default.resources.cpus=1",
      'error plan/bad-override-value: --set "default.resources.cpus=1": resources have no field "cpus"',
    ],
    [
      "default.secret.s=id=t,env=X",
      'error plan/bad-override-value: --set "default.secret.s=id=t,env=X": the id "t" is not "s"',
    ],
    [
      "defualt.tags=x",
      'error plan/override-without-target: no target is called "defualt" (--set defualt.tags=x) [did you mean "default"?]',
    ],
    ["x*.tags=x", 'error plan/override-without-target: no target matches "x*" (--set x*.tags=x)'],
    ["g.tags=x", "[that is a group; overrides name targets, or patterns of them]"],
    [
      "default.secret.zz=env=X",
      'error plan/undeclared-secret: the source of the secret "zz" cannot be set: the target "default" does not declare it (--set default.secret.zz=env=X)',
    ],
    [
      "*.secret.zz=env=X",
      'error plan/undeclared-secret: the source of the secret "zz" cannot be set: no target it concerns declares it',
    ],
  ])("%s", (set, expected) => {
    const { problems } = planOf(`${file} group "g" { targets = ["default"] }`, { ...surroundings, set: [set] });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
  });
});

describe("overrides", () => {
  it("of a secret by pattern concern the targets that declare it", () => {
    const { json, problems } = planOf('target "a" { secret = ["id=s,env=HOME"] }\ntarget "b" {}', {
      ...surroundings,
      names: ["*"],
      set: ["*.secret.s=env=X"],
    });
    expect(problems).toEqual([]);
    expect(json.target).toEqual({
      a: { context: ".", dockerfile: "Dockerfile", secret: [{ id: "s", env: "X" }] },
      b: { context: ".", dockerfile: "Dockerfile" },
    });
  });

  it("of a parent reach its heirs, whose own attributes win", () => {
    const text = `
      target "base" {\n args = { A = "1" }\n target = "b"\n }
      target "default" {\n inherits = ["base"]\n target = "c"\n }`;
    const { json } = planOf(text, { set: ["base.args.A=2", "base.target=x"] });
    expect(json.target.default).toMatchObject({ args: { A: "2" }, target: "c" });
  });

  it("apply in the order in which they are given", () => {
    const set = ["*.push=true", "*.output=type=local,dest=out"];
    expect(planOf('target "default" {}', { set }).json.target.default?.output).toEqual([
      { dest: "out", type: "local" },
    ]);
    expect(planOf('target "default" {}', { set: [...set].reverse() }).json.target.default?.output).toEqual([
      { dest: "out", type: "local" },
    ]);
  });

  it("are told by the settings they make, with what they replace", () => {
    const { plan } = planOf('target "default" { target = "a" }', { set: ["default.target=b"] });
    expect(plan.targets.get("default")?.settings.target).toMatchObject({
      value: "b",
      origin: { kind: "override", flag: "--set default.target=b" },
      replaced: { value: "a", origin: { kind: "file", block: "default" } },
    });
  });
});
