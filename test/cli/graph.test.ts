import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createTempFolder } from "../engine/temp-folder.ts";
import { runCommand } from "./run-command.ts";

const file = `group "default" { targets = ["a", "b"] }
target "base" { platforms = ["linux/amd64"] }
target "lib" { contexts = { root = "target:base" } }
target "a" {
  contexts = { lib = "target:lib", base = "target:base" }
  output = [{ type = "oci", dest = "a \\"1\\".tar" }, "type=local,dest=a"]
}
target "b" { contexts = { base = "target:lib" } }
`;

async function graph(...words: readonly string[]): Promise<string> {
  await using folder = await createTempFolder();
  await writeFile(join(folder.path, "bake.hcl"), file);
  const { code, stdout, stderr } = await runCommand(["graph", ...words], { folder: folder.path });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

describe("tsbake graph", () => {
  it("shows targets as trees, what several need in full once", async () => {
    expect(await graph()).toBe(`group default: a and b

a
├─ base                 linux/amd64  only because it is needed
├─ lib                               only because it is needed
│  └─ base (as root)                 see above
├─ → type=oci,"dest=a ""1"".tar"
└─ → type=local,dest=a               the same result again
b
└─ lib (as base)                     see above
`);
  });

  it("shows only what is asked for and what that needs", async () => {
    expect(await graph("lib")).not.toContain("type=oci");
  });

  it("is Mermaid with its marks escaped", async () => {
    expect(await graph("a", "--format", "mermaid")).toBe(`flowchart LR
  t0(["base<br/>linux/amd64"])
  t1(["lib"])
  t0 -- "root" --> t1
  t2["a"]
  t0 -- "base" --> t2
  t1 -- "lib" --> t2
  t2 --> t2_0[/"type=oci,#34;dest=a #34;#34;1#34;#34;.tar#34;"/]
  t2 -. again .-> t2_1[/"type=local,dest=a"/]
`);
  });

  it("is a language Graphviz reads", async () => {
    expect(await graph("a", "--format", "dot")).toBe(`digraph plan {
  rankdir=LR;
  node [shape=box];
  t0 [label="base\\nlinux/amd64", style=dashed];
  t1 [label="lib", style=dashed];
  t0 -> t1 [label="root"];
  t2 [label="a"];
  t0 -> t2 [label="base"];
  t1 -> t2 [label="lib"];
  t2_0 [shape=note, label="type=oci,\\"dest=a \\"\\"1\\"\\".tar\\""];
  t2 -> t2_0;
  t2_1 [shape=note, label="type=local,dest=a"];
  t2 -> t2_1 [style=dotted, label=again];
}
`);
  });

  it("is JSON for programs, each target after those it needs", async () => {
    const { groups, targets } = JSON.parse(await graph("--format", "json"));
    expect(groups).toEqual({ default: ["a", "b"] });
    expect(targets.map(({ name }: { readonly name: string }) => name)).toEqual(["base", "lib", "a", "b"]);
    expect(targets[2]).toEqual({
      name: "a",
      platforms: [],
      linkedOnly: false,
      links: [
        { context: "base", target: "base" },
        { context: "lib", target: "lib" },
      ],
      builds: [
        { id: "a#0", output: 'type=oci,"dest=a ""1"".tar"' },
        { id: "a#1", output: "type=local,dest=a", repeats: "a#0" },
      ],
    });
  });
});

describe("the heading", () => {
  it.each<[readonly string[], string]>([
    [[], "group default: a"],
    [["release"], "group release: a and b"],
    [["default", "release"], "group default: a and release"],
    [["a"], "a"],
  ])("of graph %j names the groups that were asked for", async (names, heading) => {
    await using folder = await createTempFolder();
    const groups = 'group "release" { targets = ["a", "b"] }\ngroup "default" { targets = ["a"] }\n';
    await writeFile(join(folder.path, "docker-bake.hcl"), `${groups}target "a" {}\ntarget "b" {}\n`);
    const { stdout } = await runCommand(["graph", ...names], { folder: folder.path });
    expect(stdout.split("\n", 1)).toEqual([heading]);
  });
});
