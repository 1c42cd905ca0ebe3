/** The linter, outlines and lists of targets, held against the real frontend. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ignoreFilter } from "../../src/dockerfile/ignore/ignore-filter.ts";
import { lintDockerfile, lintWarning, locationOf } from "../../src/dockerfile/lint/lint.ts";
import { outlineOf, targetsOf } from "../../src/dockerfile/outline.ts";
import { type LintCase, lintCases, outlineCases } from "../dockerfile/lint/cases.ts";
import { parsed } from "../dockerfile/parsing.ts";
import { buildx } from "../engine/buildx.ts";
import { describeWithEngine } from "../engine/context.ts";
import { createTempFolder } from "../engine/temp-folder.ts";

function factsOf({ buildArguments = {}, target, ignore = "" }: LintCase) {
  return {
    buildPlatform: "linux/amd64",
    targetPlatform: "linux/amd64",
    buildArguments: new Map(Object.entries(buildArguments)),
    ignore: ignoreFilter({ name: ".dockerignore", text: ignore }).value,
    ...(target !== undefined && { target }),
  };
}

/** Maps have no order in the real one. */
function sorted(items: readonly unknown[]): readonly string[] {
  return items.map((item) => JSON.stringify(item)).sort();
}

describeWithEngine("as the real frontend answers", ({ dockerHost, buildxPath }) => {
  async function ask(call: string, { dockerfile, ignore, buildArguments = {}, target }: LintCase): Promise<unknown> {
    await using folder = await createTempFolder();
    await using configuration = await createTempFolder();
    await writeFile(join(folder.path, "Dockerfile"), dockerfile);
    if (ignore !== undefined) await writeFile(join(folder.path, ".dockerignore"), ignore);
    const args = Object.entries(buildArguments).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]);
    const { stdout, stderr } = await buildx(
      { buildxPath: buildxPath ?? "", dockerHost, configFolder: configuration.path, cwd: folder.path },
      [
        "build",
        `--call=${call},format=json`,
        "--progress=quiet",
        ...args,
        ...(target ? ["--target", target] : []),
        ".",
      ],
    );
    const start = stdout.indexOf("{");
    if (start === -1) throw new Error(stderr);
    return JSON.parse(stdout.slice(start));
  }

  const available = test.runIf(buildxPath !== undefined);

  available.each(Object.entries(lintCases))("lint: %s", async (_, lintCase) => {
    const result = lintDockerfile(parsed(lintCase.dockerfile), factsOf(lintCase));
    const theirs = await ask("lint", lintCase);
    const { warnings, buildError } = theirs as { warnings: unknown[] | null; buildError?: { location?: unknown } };
    expect(sorted(result.findings.map(lintWarning))).toEqual(sorted(warnings ?? []));
    expect(result.error && locationOf(result.error.span)).toEqual(buildError?.location);
  });

  available.each(Object.entries(outlineCases))("outline: %s", async (_, outlineCase) => {
    const { sources: _sources, ...theirs } = (await ask("outline", outlineCase)) as Record<string, unknown>;
    expect(outlineOf(parsed(outlineCase.dockerfile), factsOf(outlineCase))).toEqual(theirs);
  });

  available.each(Object.entries(outlineCases))("targets: %s", async (_, outlineCase) => {
    const { targets } = (await ask("targets", outlineCase)) as Record<string, unknown>;
    expect(targetsOf(parsed(outlineCase.dockerfile)).targets).toEqual(targets);
  });
});
