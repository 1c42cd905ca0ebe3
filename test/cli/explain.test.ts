import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { createTempFolder } from "../engine/temp-folder.ts";
import { type Ran, runCommand } from "./run-command.ts";

const file = `variable "VERSION" {
  type = string
  default = "1"
}
group "default" { targets = ["app", "web"] }
target "_base" { args = { V = VERSION } }
target "app" { inherits = ["_base"] }
target "web" {
  inherits = ["_base"]
  dockerfile-inline = "FROM scratch\\nCOPY ${"x".repeat(80)} /"
}
target "bad" { platforms = ["x"] }
`;

async function explain(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ran> {
  await using folder = await createTempFolder();
  for (const [name, text] of Object.entries({ "bake.hcl": file, "v.env": "VERSION=2\n" })) {
    await mkdir(join(folder.path, dirname(name)), { recursive: true });
    await writeFile(join(folder.path, name), text);
  }
  return await runCommand(["explain", ...words], { folder: folder.path, environment });
}

describe("tsbake explain", () => {
  it("explains the members of default when nothing is named, each once", async () => {
    const { code, stdout, stderr } = await explain([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.match(/^target .*/gm)).toEqual(["target app  bake.hcl:7:8", "target web  bake.hcl:8:8"]);
    const asked = await explain(["app.args.V", "default.context"]);
    expect(asked.stdout.match(/^target .*/gm)).toHaveLength(2);
    expect(asked.stdout.match(/^\w+\S* = .*/gm)).toHaveLength(3);
  });

  it("shows long values by their beginning, and whole when one asks for them", async () => {
    expect((await explain(["web"])).stdout).toMatch(/dockerfile-inline = "FROM scratch\\nCOPY x+…/);
    expect((await explain(["web.dockerfile-inline"])).stdout).toContain(`${"x".repeat(80)} /"`);
  });

  it("names the line of an env file", async () => {
    const { stdout } = await explain(["app.args.V", "--env-file", "v.env"]);
    expect(stdout).toContain('VERSION = "2"  v.env:1:1');
  });

  it("answers programs with JSON that says the same", async () => {
    const { stdout } = await explain(["app.args", "--variable", "VERSION", "--format", "json"], { VERSION: "3" });
    const origin = { kind: "file", file: "bake.hcl", line: 6, column: 27, block: "_base" };
    const fromEnvironment = { kind: "environment", variable: "VERSION" };
    const byDefault = { kind: "file", file: "bake.hcl", line: 3, column: 13, block: "VERSION" };
    const reason = "the environment variable VERSION comes first";
    const others = [{ origin: byDefault, text: '"1"', reason }];
    expect(JSON.parse(stdout)).toEqual({
      targets: [
        {
          target: "app",
          place: { file: "bake.hcl", line: 7, column: 8 },
          ancestors: ["_base"],
          values: [
            {
              attribute: "args",
              key: "V",
              value: "3",
              steps: [
                {
                  value: "3",
                  origin,
                  path: ["app", "_base"],
                  uses: [{ kind: "variable", name: "VERSION", value: "3", origin: fromEnvironment, others }],
                },
              ],
            },
          ],
        },
      ],
      variables: [
        {
          variable: "VERSION",
          kind: "variable",
          place: { file: "bake.hcl", line: 1, column: 10 },
          type: "string",
          value: "3",
          candidates: [
            {
              origin: fromEnvironment,
              text: "3",
              reason: "the environment comes before env files and the default",
            },
            ...others,
          ],
          uses: [],
        },
      ],
    });
  });

  it("explains a target with mistakes, tells them, and ends with code 2", async () => {
    const { code, stdout, stderr } = await explain(["bad"]);
    expect(code).toBe(2);
    expect(stderr).toContain("plan/bad-platform");
    expect(stdout).toMatch(/platforms = \["x"\] +bake\.hcl:12:28 +target bad/);
  });

  it.each([
    [["wbe"], 'error: there is no target and no group "wbe" [plan/target-not-found]\n  help: did you mean "web"?\n'],
    [["x*"], /^error: no target and no group matches "x\*"/],
    [["app.arsg"], 'error: a target has no attribute "arsg"\n  help: did you mean "args"?\n'],
    [["app.args.W"], 'error: app has no args.W\n  help: did you mean "V"?\n'],
    [
      ["--variable", "VERSOIN"],
      'error: no build file declares a variable "VERSOIN"\n  help: did you mean "VERSION"?\n',
    ],
    [
      ["VERSION"],
      'error: there is no target and no group "VERSION", but a variable\n  help: to explain the variable: tsbake explain --variable VERSION\n',
    ],
  ])("%j is answered with what could be meant", async (words, message) => {
    const { code, stdout, stderr } = await explain(words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toEqual(typeof message === "string" ? message : expect.stringMatching(message));
  });
});
