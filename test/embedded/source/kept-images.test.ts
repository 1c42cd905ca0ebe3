import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { isRecord } from "../../../src/base/json-shape.ts";
import { runCommand } from "../../cli/run-command.ts";
import { fakeRegistry } from "../../registry/fake-registry.ts";
import { openEmbeddedFolder } from "../solve/embedded-build.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** `base` is kept, `app` is built on its name. */
async function openProject(name: string) {
  const folder = await openEmbeddedFolder();
  await folder.write({
    "a.txt": "A\n",
    "docker-bake.hcl": `variable "PULL" { default = false }
      target "base" {
        dockerfile-inline = "FROM scratch\\nCOPY a.txt /a\\nENV KEPT=yes\\n"
        tags = ["${name}"]
        output = ["type=image"]
      }
      target "app" {
        dockerfile-inline = "FROM ${name}\\nCOPY <<E /b\\n$KEPT\\nE\\n"
        pull = PULL
        output = ["type=local,dest=out"]
      }`,
  });
  return folder;
}

test("what was built and kept is built on by its name, and no registry is asked", async () => {
  await using folder = await openProject("127.0.0.1:1/team/base:1");
  expect((await folder.run({ targets: ["base"] })).outcomes).toEqual({ "base#0": "done" });
  expect((await folder.run({ targets: ["app"] })).outcomes).toEqual({ "app#0": "done" });
  expect(await readFile(join(folder.path, "out/a"), "utf8")).toBe("A\n");
  expect(await readFile(join(folder.path, "out/b"), "utf8")).toBe("yes\n");
});

test("the commands of docs/embedded-engine.md list kept images, name their folders, and remove them", async () => {
  const docs = await readFile(join(root, "docs/embedded-engine.md"), "utf8");
  const commands = [...docs.matchAll(/^\$ tsbake (.*?) +#/gm)].map(([, words = ""]) => words.split(" "));
  expect(commands.map(([name]) => name)).toEqual(["du", "prune"]);
  const [list = [], prune = []] = commands;
  await using folder = await openProject("team/base");
  await folder.run({ targets: ["base"] });
  const environment = { TSBAKE_CACHE_DIR: join(folder.path, ".cache") };
  const call = { folder: folder.path, environment };
  const listed = await runCommand([...list, "--format=json"], call);
  const shown: unknown = JSON.parse(listed.stdout);
  expect(shown).toMatchObject({ Description: "image docker.io/team/base:latest" });
  const id = String(isRecord(shown) ? shown.ID : "").replace(/\*$/, "");
  expect(await readdir(join(folder.path, ".cache/v1", id))).toContain("index.json");
  expect(await runCommand([...prune, "--force"], call)).toMatchObject({ code: 0 });
  expect((await runCommand(list, call)).stdout).not.toContain("team/base");
});

test.each(["pull is asked for", "it is not for the platform", "it is damaged"])(
  "a kept image is left alone when %s",
  async (why) => {
    const registry = await fakeRegistry();
    const name = `${registry.host}/team/base:1`;
    await using folder = await openProject(name);
    await folder.run({ targets: ["base"] });
    const images = join(folder.path, ".cache");
    if (why === "it is damaged") {
      for (const path of await readdir(images, { recursive: true })) {
        if (/images\/[^/]+\/index\.json$/.test(path)) await writeFile(join(images, path), "{");
      }
    }
    if (why === "it is not for the platform") {
      const bake = await readFile(join(folder.path, "docker-bake.hcl"), "utf8");
      await folder.write({ "docker-bake.hcl": bake.replace("pull = PULL", 'platforms = ["linux/s390x"]') });
    }
    await rm(join(folder.path, "out"), { recursive: true, force: true });
    const environment: Readonly<Record<string, string>> = why === "pull is asked for" ? { PULL: "true" } : {};
    const { outcomes } = await folder.run({ targets: ["app"], environment });
    // The registry has no such image: that it was asked is what is seen.
    expect(outcomes["app#0"]).toMatch(/^failed: registry\/not-found/);
    expect(registry.asked.some(({ url }) => url === "/v2/team/base/manifests/1")).toBe(true);
  },
);
