/** The library entry against a real engine. */
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { build, exitCodeOf, load, plan } from "../../src/index.ts";
import { describeWithEngine } from "../engine/context.ts";
import { createTempFolder } from "../engine/temp-folder.ts";

describeWithEngine("the library", ({ dockerHost }) => {
  test("load, plan and build write the output and tell what happens", async () => {
    await using folder = await createTempFolder();
    const options = await prepare(folder.path, dockerHost);
    const seen: string[] = [];
    const planned = plan((await load(options)).value, options);
    const result = await build(planned.value, { ...options, onEvent: ({ type }) => seen.push(type) });
    expect(exitCodeOf(result)).toBe(0);
    expect([seen[0], seen.at(-1)]).toEqual(["run-started", "run-ended"]);
    expect(await readdir(folder.path)).toContain("out.tar");
  });

  test("a listener that throws cancels the run, and its error comes out", async () => {
    await using folder = await createTempFolder();
    const options = await prepare(folder.path, dockerHost);
    const planned = plan((await load(options)).value, options);
    const onEvent = ({ type }: { readonly type: string }): void => {
      if (type === "build-started") throw new Error("the listener is broken");
    };
    await expect(build(planned.value, { ...options, onEvent })).rejects.toThrow("the listener is broken");
    expect((await readdir(folder.path)).sort()).toEqual(["Dockerfile", "docker-bake.hcl"]);
  });
});

async function prepare(workingFolder: string, dockerHost: string) {
  await writeFile(join(workingFolder, "Dockerfile"), "FROM scratch\nCOPY Dockerfile /\n");
  await writeFile(
    join(workingFolder, "docker-bake.hcl"),
    'target "default" {\n  output = ["type=oci,dest=out.tar"]\n}\n',
  );
  return { workingFolder, environment: { PATH: process.env.PATH, DOCKER_HOST: dockerHost } };
}
