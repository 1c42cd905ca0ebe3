import { describe, expect, it } from "vitest";
import { evaluateDefinition } from "../../src/buildfile/definition/evaluate-definition.ts";
import type { Definition } from "../../src/buildfile/definition.ts";
import { parseJson } from "../../src/buildfile/json/parse.ts";
import { printPlan } from "../../src/plan/print-plan.ts";
import { definitionOf, planOf } from "./planning.ts";

/** Everything a target can say. */
const full = String.raw`
group "all" {
  description = "both"
  targets = ["full", "bare"]
}
target "bare" {}
target "full" {
  description = "it <all> & more"
  annotations = ["index:a=b"]
  attest = ["type=sbom,generator=g,disabled=true", "type=provenance,mode=max"]
  context = "./sub/../dir/"
  contexts = { "10" = "a", "9" = "b", z = "docker-image://alpine" }
  dockerfile = "Df"
  dockerfile-inline = "FROM scratch\nCOPY $${"${a}"} %%{b} /\n"
  args = { "10" = "ten", "9" = "nine", EMPTY = "", T = "$${"${x}"} %%{y} $ {z}" }
  labels = { "com.example/k" = "\u2028\t\"\\" }
  tags = ["b", "a"]
  cache-from = ["r/c"]
  cache-to = ["type=local,mode=max,dest=d"]
  target = "stage"
  secret = ["id=s,env=HOME", "id=f,src=file"]
  ssh = ["default", "k=a.sock"]
  platforms = ["linux/amd64"]
  output = ["type=oci", "type=image,push=true,name=x"]
  pull = false
  no-cache = true
  network = "host"
  no-cache-filter = ["x"]
  shm-size = "1m"
  ulimits = ["nofile=1"]
  resources = { cpuset-cpus = "0-1", memory = "1g", cpu-shares = 2 }
  call = "check"
  entitlements = ["security.insecure"]
  extra-hosts = { h = "1.2.3.4" }
  policy = ["filename=a.rego,strict=true", "filename=a.rego,filename=b,log-level=debug"]
}
`;

const surroundings = {
  environment: { HOME: "/home", SSH_AUTH_SOCK: "agent" },
  files: { file: "file", "a.sock": "socket", agent: "socket" },
  names: ["all"],
} as const;

const expected = String.raw`{
  "group": {
    "all": {
      "description": "both",
      "targets": [
        "full",
        "bare"
      ]
    },
    "default": {
      "targets": [
        "all"
      ]
    }
  },
  "target": {
    "bare": {
      "context": ".",
      "dockerfile": "Dockerfile"
    },
    "full": {
      "description": "it \u003call\u003e \u0026 more",
      "annotations": [
        "index:a=b"
      ],
      "attest": [
        {
          "disabled": true,
          "generator": "g",
          "type": "sbom"
        },
        {
          "mode": "max",
          "type": "provenance"
        }
      ],
      "context": "dir",
      "contexts": {
        "10": "a",
        "9": "b",
        "z": "docker-image://alpine"
      },
      "dockerfile": "Df",
      "dockerfile-inline": "FROM scratch\nCOPY $${"${a}"} %%{b} /\n",
      "args": {
        "10": "ten",
        "9": "nine",
        "EMPTY": "",
        "T": "$${"${x}"} %%{y} $ {z}"
      },
      "labels": {
        "com.example/k": "\u2028\t\"\\"
      },
      "tags": [
        "b",
        "a"
      ],
      "cache-from": [
        {
          "ref": "r/c",
          "type": "registry"
        }
      ],
      "cache-to": [
        {
          "dest": "d",
          "mode": "max",
          "type": "local"
        }
      ],
      "target": "stage",
      "secret": [
        {
          "id": "s",
          "env": "HOME"
        },
        {
          "id": "f",
          "src": "file"
        }
      ],
      "ssh": [
        {
          "id": "default"
        },
        {
          "id": "k",
          "paths": [
            "a.sock"
          ]
        }
      ],
      "platforms": [
        "linux/amd64"
      ],
      "output": [
        {
          "dest": "-",
          "type": "oci"
        },
        {
          "name": "x",
          "push": "true",
          "type": "image"
        }
      ],
      "pull": false,
      "no-cache": true,
      "network": "host",
      "no-cache-filter": [
        "x"
      ],
      "shm-size": "1m",
      "ulimits": [
        "nofile=1"
      ],
      "resources": {
        "memory": "1g",
        "cpu-shares": 2,
        "cpuset-cpus": "0-1"
      },
      "call": "check",
      "entitlements": [
        "security.insecure",
        "network.host"
      ],
      "extra-hosts": {
        "h": "1.2.3.4"
      },
      "policy": [
        {
          "filename": "a.rego",
          "strict": true
        },
        "filename=a.rego,filename=b,log-level=debug"
      ]
    }
  }
}
`;

function fromJson(text: string): Definition {
  const source = { name: "printed.json", text };
  const body = parseJson(source);
  const definition = evaluateDefinition([{ source, format: "json", body: body.value }], {
    variables: new Map(),
    environment: new Map(),
    disableEnvironmentLookup: false,
    commandContext: "cwd://",
    localPlatform: "linux/amd64",
    functions: new Map(),
    world: { now: () => 0, randomBytes: (size) => new Uint8Array(size), homeFolder: "/home" },
  });
  expect([...body.diagnostics, ...definition.diagnostics]).toEqual([]);
  return definition.value;
}

describe("a printed plan", () => {
  it("has every attribute in its place, keys by bytes, marks doubled, and Go's escapes", () => {
    expect(printPlan(planOf(full, surroundings).plan)).toBe(expected);
  });

  it("has platforms as they were written, each element once", () => {
    const { plan } = planOf('target "default" { platforms = ["linux/amd64,linux/arm64", "linux/amd64,linux/arm64"] }');
    expect(plan.targets.get("default")?.platforms).toEqual(["linux/amd64", "linux/arm64"]);
    expect(printPlan(plan)).toContain('"platforms": [\n        "linux/amd64,linux/arm64"\n      ]');
  });

  it("read as a build file prints the same again", () => {
    const { plan, problems } = planOf(fromJson(expected), { ...surroundings, names: ["all"] });
    expect(problems).toEqual([]);
    expect(printPlan(plan)).toBe(expected);
  });

  it("doubles template marks where bake does, and only there", () => {
    const odd = planOf(
      'target "default" {\n args = { A = "$${x}" }\n labels = { L = "%%{y}" }\n dockerfile-inline = "$${z}"\n tags = ["a:$${t}"]\n target = "$${s}"\n}',
    );
    expect(odd.json.target.default).toMatchObject({
      args: { A: "$${x}" },
      labels: { L: "%%{y}" },
      "dockerfile-inline": "$${z}",
      tags: ["a:${t}"],
      target: "${s}",
    });
    const { args, labels } = planOf(
      fromJson('{"target":{"default":{"args":{"A":"$${x}"},"labels":{"L":"%%{y}"}}}}'),
    ).plan.targets.get("default") ?? { args: undefined, labels: undefined };
    expect([args?.get("A"), labels?.get("L")]).toEqual(["${x}", "%{y}"]);
  });

  it("as data is the parsed text", () => {
    const { plan, json } = planOf(full, surroundings);
    expect(json).toEqual(JSON.parse(printPlan(plan)));
  });

  it("is the same for the same input", () => {
    const definition = definitionOf(full);
    expect(printPlan(planOf(definition, surroundings).plan)).toBe(printPlan(planOf(definition, surroundings).plan));
  });

  it("without targets is still a document", () => {
    const text = printPlan({ groups: new Map(), targets: new Map(), builds: [] });
    expect(text).toBe('{\n  "target": {}\n}\n');
  });
});

describe("the context of a target", () => {
  it.each([
    ["./", "."],
    ["x/../y/", "y"],
    ["a//b/./c", "a/b/c"],
    ["/abs/dir/", "/abs/dir"],
    ["cwd://", "."],
    ["cwd://sub/../dir", "dir"],
    ["https://github.com/org/repo.git#v1:dir/../x", "https://github.com/org/repo.git#v1:dir/../x"],
    ["github.com/org/../repo", "github.com/org/../repo"],
    ["docker-image://x", "docker-image://x"],
  ])("%s is printed %s", (context, printed) => {
    expect(planOf(`target "default" { context = ${JSON.stringify(context)} }`).json.target.default?.context).toBe(
      printed,
    );
  });

  it("and its Dockerfile have defaults, also when empty", () => {
    expect(planOf('target "default" {\n context = ""\n dockerfile = ""\n}').json.target.default).toEqual({
      context: ".",
      dockerfile: "Dockerfile",
    });
  });
});

describe("SOURCE_DATE_EPOCH of the environment", () => {
  const text = 'target "default" { contexts = { l = "target:l" } }\ntarget "l" { args = { SOURCE_DATE_EPOCH = "1" } }';

  it("becomes an argument of every target that has none", () => {
    const { json, plan } = planOf(text, { environment: { SOURCE_DATE_EPOCH: "17" } });
    expect(json.target.default?.args).toEqual({ SOURCE_DATE_EPOCH: "17" });
    expect(json.target.l?.args).toEqual({ SOURCE_DATE_EPOCH: "1" });
    expect(plan.targets.get("default")?.settings.args?.get("SOURCE_DATE_EPOCH")?.origin).toEqual({
      kind: "environment",
      variable: "SOURCE_DATE_EPOCH",
    });
  });

  it("changes nothing when it is empty", () => {
    expect(planOf(text, { environment: { SOURCE_DATE_EPOCH: "" } }).json.target.default).not.toHaveProperty("args");
  });
});
