/** `--check` and `--call`: questions to a real frontend, and what the program says and ends with. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildx } from "../engine/buildx.ts";
import { describeWithEngine } from "../engine/context.ts";
import { createTempFolder } from "../engine/temp-folder.ts";
import { tsbake } from "./program.ts";

const files = {
  "docker-bake.hcl": [
    'group "default" { targets = ["sloppy", "tidy"] }',
    'target "sloppy" {\n  description = "needs love"\n}',
    'target "tidy" {\n  dockerfile = "tidy.Dockerfile"\n  call = "check"\n}',
    'target "broken" { dockerfile = "broken.Dockerfile" }',
    'target "absent" { dockerfile = "absent.Dockerfile" }',
    'target "child" {\n  dockerfile-inline = "FROM up\\nCOPY --from=up / /\\n"\n  contexts = { up = "target:tidy" }\n}',
    'target "built" {\n  dockerfile = "tidy.Dockerfile"\n  output = ["out"]\n}',
    "",
  ].join("\n"),
  Dockerfile:
    "FROM scratch as Base\n# the version\nARG VERSION=1\ncopy Dockerfile /x\nFROM base AS last\nCOPY Dockerfile /y\n",
  "tidy.Dockerfile":
    "# the base of all\nFROM scratch AS base\nCOPY Dockerfile /x\nFROM base AS release\nARG EDITION=free\n",
  "broken.Dockerfile": "FROM scratch as x\nCOPPY a b\n",
};

async function createProject(): Promise<Awaited<ReturnType<typeof createTempFolder>>> {
  const folder = await createTempFolder();
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text);
  return folder;
}

describeWithEngine("questions to the frontend", ({ dockerHost, buildxPath }) => {
  test
    .runIf(buildxPath !== undefined)
    .each([
      [["--check"]],
      [["--check", "tidy"]],
      [["--check", "broken"]],
      [["tidy"]],
      [["--call=outline"]],
      [["--call=targets", "sloppy", "tidy"]],
      [["--call=subrequests.describe"]],
      [["--call=check,ignorestatus=true"]],
    ])("%j says and ends as bake does", async (args) => {
    await using folder = await createProject();
    await using configuration = await createTempFolder();
    const [ours, theirs] = await Promise.all([
      tsbake(["build", ...args], { cwd: folder.path, dockerHost }),
      buildx({ buildxPath: buildxPath ?? "", dockerHost, configFolder: configuration.path, cwd: folder.path }, [
        "bake",
        ...args,
      ]),
    ]);
    expect(ours.stdout.trimEnd()).toBe(theirs.stdout.trimEnd());
    expect(ours.stdout).not.toBe("");
    expect(ours.code).toBe(theirs.code);
  });

  test("warnings are shown at their lines, and make the exit code 1", async () => {
    await using folder = await createProject();
    const asked = await tsbake(["build", "--check", "sloppy"], { cwd: folder.path, dockerHost });
    expect(asked.stdout).toContain("sloppy\nneeds love\n\nCheck complete, 3 warnings have been found!\n");
    expect(asked.stdout).toMatch(
      /WARNING: ConsistentInstructionCasing - https.*\nCommand 'copy' .*\nDockerfile:4\n-+\n/,
    );
    expect(asked.stdout).toContain("   4 | >>> copy Dockerfile /x\n");
    expect(asked.code).toBe(1);
  });

  test.each([
    [["--call=check,format=json"], 1],
    [["--check", "--json"], 1],
    [["--call=check,format=json,ignorestatus=1"], 0],
  ])("%j writes one JSON document", async (args, code) => {
    await using folder = await createProject();
    const asked = await tsbake(["build", ...args], { cwd: folder.path, dockerHost });
    expect(JSON.parse(asked.stdout)).toMatchObject({
      group: { default: { targets: ["sloppy", "tidy"] } },
      target: {
        sloppy: { build: { context: "." }, check: { warnings: [{ ruleName: expect.any(String) }, {}, {}] } },
        tidy: { build: { dockerfile: "tidy.Dockerfile" }, check: { sources: [{ filename: "tidy.Dockerfile" }] } },
      },
    });
    expect(asked.code).toBe(code);
  });

  test("a target whose Dockerfile is not there keeps nobody from checking the others", async () => {
    await using folder = await createProject();
    const asked = await tsbake(["build", "--check", "absent", "tidy"], { cwd: folder.path, dockerHost });
    expect(asked.stdout).toBe("tidy\n\nCheck complete, no warnings found.\n");
    expect(asked.stderr).toContain("absent.Dockerfile");
    expect(asked.code).toBe(1);
  });

  test("a target that links to another can be asked about", async () => {
    await using folder = await createProject();
    const asked = await tsbake(["build", "--check", "child"], { cwd: folder.path, dockerHost });
    expect(asked.stdout).toBe(
      "child\n\nCheck complete, no warnings found.\n\ntidy\n\nCheck complete, no warnings found.\n",
    );
    expect(asked.code).toBe(0);
  });

  test("targets that are asked about and targets that are built go together", async () => {
    await using folder = await createProject();
    const mixed = await tsbake(["build", "tidy", "built"], { cwd: folder.path, dockerHost });
    expect(mixed.stdout).toBe("tidy\n\nCheck complete, no warnings found.\n");
    expect(mixed.code).toBe(0);
    const results = await tsbake(["build", "--json", "tidy", "built"], { cwd: folder.path, dockerHost });
    expect(Object.keys(JSON.parse(results.stdout))).toEqual(["built", "tidy"]);
    expect(results.stderr).toContain("Check complete, no warnings found.");
  });

  test("a question the frontend does not know says how to find those it does", async () => {
    await using folder = await createProject();
    const asked = await tsbake(["build", "--call=nonsense", "tidy"], { cwd: folder.path, dockerHost });
    expect(asked).toMatchObject({ code: 1, stdout: "" });
    expect(asked.stderr).toContain("does not answer frontend.nonsense");
    expect(asked.stderr).toContain("--call=subrequests.describe");
  });

  test("a misspelt key exits 2 before anything is asked, also when only printing", async () => {
    await using folder = await createProject();
    for (const command of ["build", "print"]) {
      const asked = await tsbake([command, "--call=check,fromat=json"], { cwd: folder.path });
      expect(asked).toMatchObject({ code: 2, stdout: "" });
      expect(asked.stderr).toContain('no key "fromat"');
    }
  });
});
