/** `tsbake build release`, end to end: the program, a real engine, the files it writes, other tools that read them. */
import { cp, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createBase } from "../engine/base-image.ts";
import { describeWithEngine } from "../engine/context.ts";
import { run } from "../engine/run-process.ts";
import { createTempFolder } from "../engine/temp-folder.ts";
import { interruptTsbake, root, tsbake } from "./program.ts";

const examples: readonly (readonly [folder: string, outputs: readonly string[]])[] = [
  ["monorepo", ["out/api.tar", "out/web.tar"]],
  [
    "matrix",
    ["out/free/de/greeting.txt", "out/free/fr/greeting.txt", "out/pro/en/edition.txt", "out/pro/de/edition.txt"],
  ],
  [
    "release",
    ["out/demo-1.0.0.oci.tar", "out/demo-1.0.0.docker.tar", "out/demo-1.0.0.files.tar", "out/files/opt/demo/VERSION"],
  ],
  ["toml", ["out/notes/notes/edition.txt", "out/notes-pro/notes/edition.txt"]],
  ["json", ["out/notes-dev.tar"]],
  ["makefile", ["out/notes.tar"]],
  ["includes", ["out/api/api-dev.txt", "out/web/web.txt", "out/web/api/api-dev.txt"]],
];

/** A tool that comes with the engine's set-up. */
function tool(path: string | undefined): string {
  if (path === undefined) throw new Error("the set-up of the tests found no such tool");
  return path;
}

describeWithEngine("the main job", ({ dockerHost, ...tools }) => {
  test("bake.example.hcl builds its release: three outputs of each service, read by skopeo and umoci", async () => {
    await using folder = await createTempFolder();
    await cp(join(root, "examples"), join(folder.path, "examples"), { recursive: true });
    await cp(join(root, "bake.example.hcl"), join(folder.path, "bake.example.hcl"));
    const built = await tsbake(["build", "-f", "bake.example.hcl", "release"], { cwd: folder.path, dockerHost });
    expect(built).toMatchObject({ code: 0 });
    expect((await readdir(join(folder.path, "out"))).sort()).toEqual([
      "api",
      "api.docker.tar",
      "api.oci.tar",
      "base.oci.tar",
      "web",
      "web.docker.tar",
      "web.oci.tar",
    ]);
    expect(await readFile(join(folder.path, "out/api/etc/release"), "utf8")).toBe("version=dev\n");
    const inspected = await run(tool(tools.skopeoPath), [
      "inspect",
      "--config",
      `oci-archive:${join(folder.path, "out/api.oci.tar")}`,
    ]);
    expect(JSON.parse(inspected.stdout)).toMatchObject({ config: { User: "1000", WorkingDir: "/srv/api" } });
    const layout = join(folder.path, "layout");
    await mkdir(layout);
    await run("tar", ["-xf", join(folder.path, "out/api.oci.tar"), "-C", layout]);
    const { stdout } = await run(tool(tools.umociPath), ["stat", "--image", `${layout}:dev`, "--json"]);
    expect(JSON.parse(stdout)).toHaveProperty("history");
  });

  test.each(examples)("examples/%s builds", async (name, outputs) => {
    await using folder = await createTempFolder();
    await cp(join(root, "examples", name), folder.path, { recursive: true });
    expect(await tsbake(["build"], { cwd: folder.path, dockerHost })).toMatchObject({ code: 0 });
    for (const output of outputs) expect((await stat(join(folder.path, output))).size).toBeGreaterThan(0);
  });

  test("a docker output is loaded into the engine, under its names, and runs", async () => {
    await using folder = await createTempFolder();
    await createBase(join(folder.path, "base"), tool(tools.busyboxPath));
    await writeFile(join(folder.path, "Dockerfile"), 'FROM scratch\nCOPY base/ /\nCMD ["/bin/echo", "it runs"]\n');
    const name = `tsbake-main-job:${process.pid}`;
    const built = await tsbake(["build", "-t", name, "--load"], { cwd: folder.path, dockerHost });
    expect(built).toMatchObject({ code: 0 });
    const docker = (args: readonly string[]) => run(tool(tools.dockerPath), ["-H", dockerHost, ...args]);
    try {
      expect((await docker(["run", "--rm", "--network", "none", name])).stdout).toBe("it runs\n");
    } finally {
      await docker(["image", "rm", name]);
    }
  });

  test("three outputs run an expensive step exactly once", async () => {
    await using folder = await createTempFolder();
    await createBase(join(folder.path, "base"), tool(tools.busyboxPath));
    const marker = `expensive-${process.pid}-${Date.now()}`;
    await writeFile(
      join(folder.path, "Dockerfile"),
      `FROM scratch\nCOPY base/ /\nRUN echo ${marker} && cat /proc/sys/kernel/random/uuid > /id\n`,
    );
    await writeFile(
      join(folder.path, "docker-bake.hcl"),
      'target "default" {\n  output = ["type=oci,dest=o.tar", "type=local,dest=files", "type=tar,dest=f.tar"]\n}\n',
    );
    const built = await tsbake(["build", "--progress", "plain"], { cwd: folder.path, dockerHost });
    expect(built).toMatchObject({ code: 0 });
    expect(built.stderr.match(new RegExp(`^#\\d+ \\d+\\.\\d+ ${marker}$`, "gm"))).toHaveLength(1);
    expect(built.stderr).toMatch(/local: cached in/);
    expect(built.stderr).toMatch(/tar: cached in/);
    await mkdir(join(folder.path, "unpacked"));
    await run("tar", ["-xf", "f.tar", "-C", "unpacked", "id"], { cwd: folder.path });
    const ids = await Promise.all(["files/id", "unpacked/id"].map((file) => readFile(join(folder.path, file), "utf8")));
    expect(ids[0]).toBe(ids[1]);
  });

  test("a failed build says what failed, on which target, with the lines of the Dockerfile, and exits 1", async () => {
    await using folder = await createTempFolder();
    await createBase(join(folder.path, "base"), tool(tools.busyboxPath));
    await writeFile(join(folder.path, "Dockerfile"), "FROM scratch\nCOPY base/ /\nRUN echo about to fail; exit 7\n");
    await writeFile(join(folder.path, "old.tar"), "what was here before");
    const built = await tsbake(["build", "-o", "type=oci,dest=old.tar"], { cwd: folder.path, dockerHost });
    expect(built.code).toBe(1);
    expect(built.stderr).toContain("default (oci)");
    expect(built.stderr).toContain("exit code: 7");
    expect(built.stderr).toContain("│ about to fail");
    expect(built.stderr).toMatch(/Dockerfile:3\n/);
    expect(built.stderr).toMatch(/> 3 │ RUN echo about to fail; exit 7/);
    expect(await readFile(join(folder.path, "old.tar"), "utf8")).toBe("what was here before");
    expect((await readdir(folder.path)).sort()).toEqual(["Dockerfile", "base", "old.tar"]);
  });

  test("with --on-failure continue what does not depend on the failed build is published, and the exit code is 4", async () => {
    await using folder = await createTempFolder();
    await writeFile(join(folder.path, "good.Dockerfile"), "FROM scratch\nCOPY docker-bake.hcl /\n");
    await writeFile(join(folder.path, "bad.Dockerfile"), "FROM scratch\nCOPY missing /\n");
    await writeFile(
      join(folder.path, "docker-bake.hcl"),
      [
        'group "default" { targets = ["good", "bad", "child"] }',
        'target "good" {\n  dockerfile = "good.Dockerfile"\n  output = ["good"]\n}',
        'target "bad" {\n  dockerfile = "bad.Dockerfile"\n  output = ["bad"]\n}',
        'target "child" {\n  dockerfile = "good.Dockerfile"\n  contexts = { up = "target:bad" }\n  output = ["child"]\n}',
        "",
      ].join("\n"),
    );
    const built = await tsbake(["build", "--on-failure", "continue"], { cwd: folder.path, dockerHost });
    expect(built.code).toBe(4);
    expect(built.stderr).toContain("missing");
    expect(built.stderr).toMatch(/NOT BUILT child/);
    expect((await readdir(folder.path)).sort()).toEqual([
      "bad.Dockerfile",
      "docker-bake.hcl",
      "good",
      "good.Dockerfile",
    ]);
  });

  test.each([
    ["while a step runs", /#\d+ .*RUN sleep/, 100],
    ["at the very beginning", /building 1 build/, 0],
    ["while the context travels", /load build context/, 5],
  ])("Ctrl-C %s cancels, leaves nothing behind and exits 130", async (_, when, delayMs) => {
    await using folder = await createTempFolder();
    await createBase(join(folder.path, "base"), tool(tools.busyboxPath));
    await writeFile(join(folder.path, "base/large"), Buffer.alloc(64 << 20, `${process.pid} ${Date.now()}`));
    await writeFile(join(folder.path, "Dockerfile"), `FROM scratch\nCOPY base/ /\nRUN sleep 60.${Date.now() % 1000}\n`);
    const call = { cwd: folder.path, dockerHost };
    const started = Date.now();
    const ended = await interruptTsbake(["build", "--progress", "plain", "-o", "out/x"], call, {
      signal: "SIGINT",
      when,
      delayMs,
    });
    expect(ended.code).toBe(130);
    expect(Date.now() - started).toBeLessThan(30_000);
    expect(ended.stderr).toContain("interrupted");
    expect(ended.stderr).toContain("cancelling; press Ctrl-C again to stop at once\n");
    expect((await readdir(folder.path)).sort()).toEqual(["Dockerfile", "base"]);
  });

  test("a wrong build file exits 2 with every problem, and an engine is never asked", async () => {
    await using folder = await createTempFolder();
    await writeFile(
      join(folder.path, "docker-bake.hcl"),
      'target "a" {\n  tags = [TGA]\n  args = { X = upperr("x") }\n}\n',
    );
    const built = await tsbake(["build", "a"], { cwd: folder.path });
    expect(built.code).toBe(2);
    expect(built.stderr).toMatch(/docker-bake\.hcl:2:11: error: .*TGA/);
    expect(built.stderr).toMatch(/docker-bake\.hcl:3:16: error: .*upperr/);
    expect(built.stderr).toContain('did you mean "upper"?');
  });

  test("a misspelt exporter parameter exits 2 with a suggestion", async () => {
    await using folder = await createTempFolder();
    await writeFile(join(folder.path, "Dockerfile"), "FROM scratch\n");
    const built = await tsbake(["build", "-o", "type=oci,dest=x.tar,comprssion=zstd"], { cwd: folder.path });
    expect(built.code).toBe(2);
    expect(built.stderr).toContain('did you mean "compression"?');
  });

  test("without an engine that is asked for the exit code is 3; unasked, the embedded one builds and says so", async () => {
    await using folder = await createTempFolder();
    await writeFile(join(folder.path, "Dockerfile"), "FROM scratch\n");
    const asked = await tsbake(["build", "--builder", "default"], { cwd: folder.path });
    expect(asked.code).toBe(3);
    expect(asked.stderr).toContain("/nonexistent/docker.sock");
    expect(asked.stderr).toContain("DOCKER_HOST");
    const built = await tsbake(["build"], { cwd: folder.path });
    expect(built.code).toBe(0);
    expect(built.stderr).toMatch(/no Docker engine answers .*\/nonexistent\/docker\.sock.* embedded engine/);
  });

  test("results come as JSON on standard output and in the metadata file, with bake's keys", async () => {
    await using folder = await createTempFolder();
    await writeFile(join(folder.path, "Dockerfile"), "FROM scratch\nCOPY Dockerfile /\n");
    const args = ["build", "--json", "--metadata-file", "meta.json", "-t", "a/b:1", "-o", "type=oci,dest=x.tar"];
    const built = await tsbake(args, { cwd: folder.path, dockerHost });
    expect(built).toMatchObject({ code: 0 });
    const metadata: unknown = JSON.parse(await readFile(join(folder.path, "meta.json"), "utf8"));
    expect(metadata).toMatchObject({
      default: {
        "containerimage.digest": expect.stringMatching(/^sha256:/),
        "containerimage.descriptor": { mediaType: expect.any(String), size: expect.any(Number) },
        "image.name": "docker.io/a/b:1",
      },
    });
    expect(JSON.parse(built.stdout)).toMatchObject({ default: { "image.name": "docker.io/a/b:1" } });
  });
});
