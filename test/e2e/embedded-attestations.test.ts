/** What images of the embedded engine say of themselves: beside what a BuildKit says of the same, and in the hands of others' tools. */
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createBase } from "../engine/base-image.ts";
import { buildx } from "../engine/buildx.ts";
import { describeWithEngine } from "../engine/context.ts";
import { createRepository, startGitServer } from "../engine/git-server.ts";
import { obtainPrograms } from "../engine/programs.ts";
import { startRegistry } from "../engine/registry.ts";
import { run } from "../engine/run-process.ts";
import { createTempFolder } from "../engine/temp-folder.ts";
import { buildahSettings, comparable, scannerFiles, statementsOf } from "./attested-images.ts";
import { tsbake } from "./program.ts";
import { loadArchive, removeImage, runImage } from "./run-image.ts";

const cannotRun = process.geteuid?.() === 0 ? undefined : "commands are run as root here";

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

describeWithEngine("attestations of the embedded engine", { timeout: 180_000 }, (found) => {
  const { registryPath, busyboxPath, buildxPath } = found;

  /** A registry with images to build on, files and a repository on web servers, and both engines. */
  async function world() {
    if (registryPath === undefined || busyboxPath === undefined || buildxPath === undefined) {
      throw new Error("there is no docker-registry, busybox or buildx");
    }
    const temp = await createTempFolder();
    const { path } = temp;
    const registry = await startRegistry({ registryPath });
    await createBase(join(path, "scanner/base"), busyboxPath);
    await writeFiles(join(path, "scanner"), scannerFiles());
    await cp(join(path, "scanner/base"), join(path, "base/base"), { recursive: true, verbatimSymlinks: true });
    await writeFiles(join(path, "base"), { Dockerfile: "FROM scratch\nCOPY base/ /\n" });
    await writeFiles(join(path, "repository"), { "in-git": "from git\n", Dockerfile: "FROM scratch\nCOPY in-git /\n" });
    await createRepository(join(path, "repository"), join(path, "git/repo.git"));
    const files = { "/file": Buffer.from("by http\n") };
    const server = await startGitServer({ root: join(path, "git"), files });
    const dispose = async (): Promise<void> => {
      await server[Symbol.asyncDispose]();
      await registry.stop();
      await temp[Symbol.asyncDispose]();
    };
    const embedded = async (folder: string, ...args: readonly string[]): Promise<string> => {
      const { code, stderr } = await tsbake(
        ["build", "--builder", "embedded", "--allow=fs=*", "--allow=ssh", ...args],
        {
          cwd: folder,
          env: { HOME: path, TSBAKE_CACHE_DIR: join(path, "cache"), BUILDX_NO_DEFAULT_ATTESTATIONS: "1" },
        },
      );
      if (code !== 0) throw new Error(stderr);
      return stderr;
    };
    const buildKit = async (folder: string, ...args: readonly string[]): Promise<void> => {
      const options = { buildxPath, dockerHost: found.dockerHost, configFolder: join(path, "buildx"), cwd: folder };
      const { code, stderr } = await buildx(options, ["build", ...args]);
      if (code !== 0) throw new Error(stderr);
    };
    const image = (name: string): string => `${registry.host}/${name}`;
    await embedded(join(path, "base"), "-t", image("base:1"), "-t", image("other:2"), "-t", image("named:3"), "--push");
    await embedded(join(path, "base"), "-t", "lay:1", "-o", `type=oci,tar=false,dest=${join(path, "layout")}`);
    await embedded(join(path, "scanner"), "-t", image("scanner:1"), "--push");
    return { path, url: server.url, image, embedded, buildKit, dispose };
  }

  let at: Awaited<ReturnType<typeof world>>;
  beforeAll(async () => {
    at = await world();
  }, 120_000);
  afterAll(() => at?.dispose());

  test.skipIf(cannotRun)("name what a build was made from as BuildKit's do", async () => {
    const { path, image, url } = at;
    const project = join(path, "made-from");
    await writeFiles(join(project, "context"), {
      Dockerfile: [
        `FROM ${image("base:1")} AS helper`,
        "ARG A=1",
        "RUN --mount=type=secret,id=may --mount=type=secret,id=must,required=true,env=MUST echo $A > /made",
        "FROM layout-base AS from-layout",
        `FROM ${image("base:1")}`,
        "COPY --from=helper /made /made",
        `COPY --from=${image("other:2")} /etc/passwd /passwd`,
        "COPY --from=named /etc/group /group",
        "COPY --from=from-layout /etc/group /group-2",
        "COPY --from=assets asset /asset",
        "COPY Dockerfile /Dockerfile",
        `ADD ${url}/file /file`,
        `ADD ${url}/repo.git#main /repository`,
        `RUN --mount=type=bind,from=${image("named:3")},target=/mnt ls /mnt`,
        "",
      ].join("\n"),
    });
    await writeFiles(join(project, "assets"), { asset: "asset\n" });
    await writeFiles(project, { secret: "secret\n" });
    const settings = {
      context: "context",
      args: { A: "2" },
      labels: { label: "mine" },
      contexts: {
        named: `docker-image://${image("named:3")}`,
        "layout-base": `oci-layout://${join(path, "layout")}`,
        assets: "assets",
      },
      secret: ["id=may,src=secret", "id=must,src=secret"],
      tags: ["example.test/a/b:1"],
    };
    await writeFiles(project, { "docker-bake.json": JSON.stringify({ target: { default: settings } }) });
    const flags = [
      ...Object.entries(settings.contexts).map(([name, value]) => `--build-context=${name}=${value}`),
      ...settings.secret.map((each) => `--secret=${each}`),
      "--build-arg=A=2",
      "--label=label=mine",
      "--tag=example.test/a/b:1",
      "context",
    ];
    for (const provenance of [
      "mode=max,version=v1",
      "mode=min,version=v0.2,builder-id=urn:me,reproducible=true",
      "mode=max,version=v0.2",
    ]) {
      await at.buildKit(project, `--provenance=${provenance}`, "-o", "type=oci,dest=theirs.tar", ...flags);
      await at.embedded(project, `--provenance=${provenance}`, "-o", "type=oci,dest=ours.tar");
      const [theirs, ours] = await Promise.all(
        ["theirs.tar", "ours.tar"].map((each) => statementsOf(join(project, each))),
      );
      expect(ours?.map(comparable)).toEqual(theirs?.map(comparable));
      expect(ours).toHaveLength(1);
    }
  });

  test("of a build from a repository say that everything is named, as BuildKit's do", async () => {
    const { path, url } = at;
    const address = `${url}/repo.git#main`;
    const theirs = join(path, "theirs.tar");
    const ours = join(path, "ours.tar");
    await at.buildKit(path, "--provenance=mode=max,version=v1", "-t", "a:1", "-o", `type=oci,dest=${theirs}`, address);
    const bake = { target: { default: { context: address, tags: ["a:1"] } } };
    await writeFiles(join(path, "far"), { "docker-bake.json": JSON.stringify(bake) });
    await at.embedded(join(path, "far"), "--provenance=mode=max,version=v1", "-o", `type=oci,dest=${ours}`);
    const [statement] = await statementsOf(ours);
    expect([statement].map((each) => comparable(each ?? {}))).toEqual((await statementsOf(theirs)).map(comparable));
    expect(statement).toMatchObject({
      predicate: { runDetails: { metadata: { buildkit_hermetic: true, buildkit_completeness: { request: true } } } },
    });
  });

  test.skipIf(cannotRun)("hold what a scanner found, as BuildKit's do, and scan once", async () => {
    const { path, image } = at;
    const project = join(path, "scanned");
    await writeFiles(project, {
      Dockerfile: [
        "ARG BUILDKIT_SBOM_SCAN_CONTEXT=true",
        "ARG BUILDKIT_SBOM_SCAN_STAGE=nothing,helper",
        `FROM ${image("base:1")} AS helper`,
        'RUN test -z "$BUILDKIT_SBOM_SCAN_STAGE" && echo made > /made && rm -rf /bin',
        "FROM scratch",
        "COPY . /context",
        "COPY --from=helper /made /made",
        "",
      ].join("\n"),
    });
    const out = join(path, "scanned-to");
    await mkdir(out);
    const [theirs, ours] = [join(out, "theirs.tar"), join(out, "ours.tar")];
    const sbom = `--sbom=generator=${image("scanner:1")},name=value`;
    await at.buildKit(project, sbom, "--provenance=false", "-t", "a:1", "-o", `type=oci,dest=${theirs}`, ".");
    const said = await at.embedded(project, sbom, "--provenance=false", "-t", "a:1", "-o", `type=oci,dest=${ours}`);
    expect(said).toContain(`generating sbom using ${image("scanner:1")}`);
    const statements = await statementsOf(ours);
    expect(statements.map(comparable)).toEqual((await statementsOf(theirs)).map(comparable));
    expect(statements).toHaveLength(3);
    const folders = [join(out, "their-files"), join(out, "our-files")] as const;
    await at.buildKit(project, sbom, "--provenance=false", "-o", `type=local,dest=${folders[0]}`, ".");
    const again = await at.embedded(project, sbom, "--provenance=false", "-o", `type=local,dest=${folders[1]}`);
    expect(again).toMatch(/generating sbom[^\n]*\n#\d+ CACHED/);
    const names = (await readdir(folders[1])).sort();
    expect(names).toEqual(["context", "made", "sbom-context.spdx.json", "sbom-helper.spdx.json", "sbom.spdx.json"]);
    expect((await readdir(folders[0])).sort()).toEqual(names);
    for (const name of names.filter((each) => each.endsWith(".json"))) {
      const [their, our] = await Promise.all(folders.map((folder) => readFile(join(folder, name), "utf8")));
      expect(our).toBe(their);
    }
  });

  test.skipIf(cannotRun)("keep no tool from taking an image of several platforms", async () => {
    const { path, image } = at;
    const project = join(path, "project");
    const name = image(`attested-${process.pid}:1`);
    await writeFiles(project, {
      Dockerfile: `FROM scratch\nCOPY --from=${image("base:1")} / /\nCOPY Dockerfile /f\nCMD ["head", "-n1", "/f"]\n`,
    });
    const [archive, layout] = [join(path, "image.tar"), join(path, "attested")];
    const outputs = [`type=oci,dest=${archive}`, `type=oci,tar=false,dest=${layout}`, "type=registry"];
    await at.embedded(
      project,
      "-t",
      name,
      "--set=*.platform=linux/amd64,linux/arm64",
      // So that each output says the same.
      "--set=*.args.SOURCE_DATE_EPOCH=1700000000",
      "--provenance=mode=max",
      `--sbom=generator=${image("scanner:1")}`,
      ...outputs.flatMap((each) => ["-o", each]),
    );
    expect(await statementsOf(archive)).toHaveLength(4);
    try {
      await loadArchive(found, archive);
      expect(await runImage(found, name)).toBe("FROM scratch\n");
    } finally {
      await removeImage(found, name);
    }
    const settings = join(path, "buildah");
    await writeFiles(settings, buildahSettings(settings));
    const policy = join(settings, "policy.json");
    // Relative to the folder that all is in: buildah makes names of paths, which have no upper-case letters.
    const from = ["oci-archive:image.tar", "oci:attested"];
    if (found.skopeoPath !== undefined) {
      for (const [index, each] of [...from, `docker://${name}`].entries()) {
        const to = join(path, `copied-${index}`);
        await run(
          found.skopeoPath,
          ["--policy", policy, "copy", "--all", "--src-tls-verify=false", each, `oci:${to}`],
          {
            cwd: path,
          },
        );
        expect(await readdir(join(to, "blobs/sha256"))).toEqual(
          expect.arrayContaining(await readdir(join(layout, "blobs/sha256"))),
        );
      }
    }
    const programs = await obtainPrograms(found.cacheFolder, ["buildah", "runc"]).catch(() => undefined);
    if (programs === undefined) return;
    const { buildah, runc } = programs;
    const env = {
      PATH: process.env.PATH,
      HOME: settings,
      TMPDIR: settings,
      CONTAINERS_CONF: "/dev/null",
      CONTAINERS_STORAGE_CONF: join(settings, "storage.conf"),
      CONTAINERS_REGISTRIES_CONF: join(settings, "registries.conf"),
    };
    const call = async (...args: readonly string[]): Promise<string> =>
      (await run(buildah, args, { cwd: path, env })).stdout.trim();
    for (const each of [...from, `docker://${name}`]) {
      const id = await call("pull", "--signature-policy", policy, "--tls-verify=false", each);
      const inspected: unknown = JSON.parse(await call("inspect", "--type", "image", id));
      expect(inspected).toMatchObject({ OCIv1: { os: "linux", config: { Cmd: ["head", "-n1", "/f"] } } });
      const container = await call("from", "--signature-policy", policy, id);
      const ran = ["run", "--isolation", "oci", "--network", "none", "--runtime", runc, container, "head", "-n1", "/f"];
      expect(await call(...ran)).toBe("FROM scratch");
      await call("rm", container);
    }
  });
});
