/**
 * Caches of one program imported by the other, where the engine has nothing of the build any more: what was exported by either must spare
 * both the work.
 */
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeWithEngine } from "../engine/context.ts";
import type { EngineFound } from "../engine/global-setup.ts";
import { startRegistry } from "../engine/registry.ts";
import { run } from "../engine/run-process.ts";
import { type Programs, programsIn } from "./side-by-side/both.ts";
import { createSetting } from "./side-by-side/setting.ts";

interface Kind {
  readonly kind: string;
  /** Attributes of the target that exports; `registry/name` are those of this test. */
  readonly exports: (repository: string) => readonly string[];
  readonly imports: (repository: string) => string;
}

const files = '"type=local,dest=out-exported"';
const kinds: readonly Kind[] = [
  {
    kind: "a registry",
    exports: (repository) => [`cache-to = ["type=registry,ref=${repository}:cache,mode=max"]`, `output = [${files}]`],
    imports: (repository) => `type=registry,ref=${repository}:cache`,
  },
  {
    kind: "a folder",
    exports: () => ['cache-to = ["type=local,dest=cache,mode=max"]', `output = [${files}]`],
    imports: () => "type=local,src=cache",
  },
  {
    kind: "an image",
    exports: (repository) => [
      'cache-to = ["type=inline"]',
      `output = ["type=image,name=${repository}:inline,push=true,store=false", ${files}]`,
    ],
    imports: (repository) => `type=registry,ref=${repository}:inline`,
  },
];

type Sides = readonly { readonly exporter: keyof Programs; readonly importer: keyof Programs }[];
const pairs: Sides = [
  { exporter: "buildx", importer: "tsbake" },
  { exporter: "tsbake", importer: "buildx" },
  { exporter: "tsbake", importer: "tsbake" },
];
const cases = kinds.flatMap((kind) => pairs.map((pair) => ({ ...kind, ...pair })));

/** Takes what was built with the seed from the engine, and nothing else. */
async function forget(engine: EngineFound, seed: string, home: string): Promise<void> {
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    DOCKER_HOST: engine.dockerHost,
    DOCKER_CONFIG: join(home, "docker"),
    BUILDX_CONFIG: join(home, "buildx"),
  };
  await run(engine.buildxPath ?? "", ["prune", "--force", "--all", "--filter", `description~=${seed}`], { env });
}

describeWithEngine("a cache in", { timeout: 120_000 }, (engine) => {
  const { registryPath, buildxPath } = engine;
  if (registryPath === undefined || buildxPath === undefined) {
    test.skip("no docker-registry or no buildx on this machine", () => {});
    return;
  }

  test.each(cases)("$kind that $exporter exported spares $importer the work", async (row) => {
    await using registry = await startRegistry({ registryPath });
    await using setting = await createSetting(engine);
    const { folder, beside } = setting;
    const seed = randomUUID();
    const repository = `${registry.host}/cache/app`;
    const dockerfile = [
      "FROM scratch",
      "COPY base/ /",
      `RUN echo ${seed} > /seed && cat /proc/sys/kernel/random/uuid > /drawn`,
    ];
    await writeFile(join(folder, "Dockerfile"), `${dockerfile.join("\n")}\n`);
    await writeFile(join(folder, ".dockerignore"), "cache\nout-*\ndocker-bake.hcl\n");
    await writeFile(
      join(folder, "docker-bake.hcl"),
      `target "export" {\n${row.exports(repository).join("\n")}\n}
       target "none" { output = ["type=local,dest=out-none"] }
       target "import" {
         cache-from = ["${row.imports(repository)}"]
         output = ["type=local,dest=out-imported"]
       }`,
    );
    for (const name of ["exported", "none", "imported"]) await mkdir(join(folder, `out-${name}`));
    const programs = programsIn({ engine, folder });
    const build = async (side: keyof Programs, target: string): Promise<string> => {
      const { code, stderr } = await programs[side]("--progress=plain", target);
      expect(code, stderr).toBe(0);
      return stderr;
    };
    const drawn = (name: string): Promise<string> => readFile(join(folder, `out-${name}/drawn`), "utf8");
    await build(row.exporter, "export");
    await forget(engine, seed, join(beside, "home"));
    // Without the cache the engine has to do it anew: it has really forgotten.
    await build(row.importer, "none");
    expect(await drawn("none")).not.toBe(await drawn("exported"));
    await forget(engine, seed, join(beside, "home"));
    const shown = await build(row.importer, "import");
    expect(shown).toContain("importing cache manifest");
    expect(await drawn("imported")).toBe(await drawn("exported"));
    await rm(join(folder, "cache"), { recursive: true, force: true });
  });
});
