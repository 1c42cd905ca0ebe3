import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { resolveDockerEndpoint } from "../../src/drivers/docker/endpoint.ts";
import { openDockerNode } from "../../src/drivers/docker/open.ts";
import { EngineClient } from "../../src/drivers/engine-api/client.ts";
import type { ExportSink } from "../../src/execute/ports.ts";
import { exportOf, requestOf } from "../buildkit/solve-request.ts";
import { describeWithEngine } from "../engine/context.ts";
import { startRegistry } from "../engine/registry.ts";
import { run } from "../engine/run-process.ts";
import { afterTest, build, dockerNode, environmentFor, folderWith } from "./solve-setting.ts";

const files = { Dockerfile: "FROM scratch\nCOPY in /\n", "in/hello.txt": "hello", "in/sub/empty": "" };

describeWithEngine("a result", (engine) => {
  test.each(["oci", "docker", "tar"])("is received as %s archive", async (exporter) => {
    const folder = await folderWith(files);
    const path = join(await folderWith(), "out.tar");
    const told: ReadonlyMap<string, string>[] = [];
    const sink: ExportSink = {
      kind: "stream",
      open: async (metadata) => {
        told.push(metadata);
        return createWriteStream(path);
      },
    };
    const built = await build(
      await dockerNode(engine),
      requestOf({ folder, export: exportOf(exporter, { name: "tsbake-test/x" }, sink) }),
    );
    const { stdout } = await run("tar", ["-tf", path]);
    expect(stdout).toContain(exporter === "tar" ? "hello.txt" : "index.json");
    expect(told).toHaveLength(1);
    if (exporter === "tar") return;
    expect(built.result.response.get("containerimage.digest")).toMatch(/^sha256:/);
    expect(told[0]?.get("containerimage.digest")).toBe(built.result.response.get("containerimage.digest"));
  });

  test("is received as a folder, for each platform one", async () => {
    const folder = await folderWith(files);
    const node = await dockerNode(engine);
    const receive = async (platforms: readonly string[]): Promise<string> => {
      const out = join(await folderWith(), "out");
      const open = async (): Promise<string> => {
        await mkdir(out, { recursive: true });
        return out;
      };
      const sink: ExportSink = { kind: "folder", open };
      await build(node, requestOf({ folder, target: { platforms }, export: exportOf("local", {}, sink) }));
      return out;
    };
    const one = await receive([]);
    expect(await readFile(join(one, "hello.txt"), "utf8")).toBe("hello");
    expect((await stat(join(one, "sub/empty"))).size).toBe(0);
    const two = await receive(["linux/amd64", "linux/arm64"]);
    expect((await readdir(two)).sort()).toEqual(["linux_amd64", "linux_arm64"]);
  });

  test("lands in the engine's image store", async () => {
    const folder = await folderWith(files);
    const name = `tsbake-test/solve:${Date.now()}`;
    const built = await build(await dockerNode(engine), requestOf({ folder, export: exportOf("moby", { name }) }));
    expect(built.result.response.get("image.name")).toContain(name);
    if (engine.socket === undefined) return;
    const inspect = ["-s", "--unix-socket", engine.socket, `http://x/images/${name}/json`];
    expect(JSON.parse((await run("curl", inspect)).stdout)).toMatchObject({ RepoTags: [name] });
    await run("curl", ["-s", "-X", "DELETE", "--unix-socket", engine.socket, `http://x/images/${name}`]);
  });

  test("is pushed with the credentials of the docker configuration, and not without", async () => {
    if (engine.registryPath === undefined) throw new Error("the tests need docker-registry");
    const registry = await startRegistry({
      registryPath: engine.registryPath,
      login: { username: "me", password: "pass:word" },
    });
    afterTest(() => registry.stop());
    const folder = await folderWith(files);
    const environment = await environmentFor(engine);
    const push = async (): Promise<string | undefined> => {
      const node = await openDockerNode({ environment });
      afterTest(() => node.close());
      const attributes = { name: `${registry.host}/team/app:1`, push: "true", store: "false" };
      return (await build(node, requestOf({ folder, export: exportOf("image", attributes) }))).result.response.get(
        "containerimage.digest",
      );
    };
    await expect(push()).rejects.toMatchObject({ code: "build/push-failed", retryable: false });
    const config = environment.variables.DOCKER_CONFIG ?? "";
    await mkdir(config, { recursive: true });
    const auth = Buffer.from("me:pass:word").toString("base64");
    await writeFile(join(config, "config.json"), JSON.stringify({ auths: { [registry.host]: { auth } } }));
    expect(await push()).toMatch(/^sha256:/);
    expect(
      (await registry.readAccessLog()).some(
        (line) => line.includes("PUT /v2/team/app/manifests/1") && line.includes(" 201 "),
      ),
    ).toBe(true);
  });
});

describeWithEngine("the engine's own API", (engine) => {
  const client = async (): Promise<EngineClient> =>
    new EngineClient(await resolveDockerEndpoint(await environmentFor(engine)));
  const never = new AbortController().signal;

  test("tells version and image store", async () => {
    const api = await client();
    expect(await api.version(never)).toMatchObject({ os: "linux", version: expect.stringMatching(/^\d+\./) });
    expect(await api.info(never)).toMatchObject({ containerdStore: true });
  });

  test("loads an archive that was built", async () => {
    const folder = await folderWith(files);
    const path = join(await folderWith(), "image.tar");
    const name = `tsbake-test/loaded:${Date.now()}`;
    const sink: ExportSink = { kind: "stream", open: async () => createWriteStream(path) };
    await build(await dockerNode(engine), requestOf({ folder, export: exportOf("docker", { name }, sink) }));
    const said = await (await client()).loadImages(createReadStream(path), never);
    expect(said.join("\n")).toContain(name);
    if (engine.socket !== undefined)
      await run("curl", ["-s", "-X", "DELETE", "--unix-socket", engine.socket, `http://x/images/${name}`]);
  });

  test("refuses what is no archive, and says so", async () => {
    const loading = (await client()).loadImages(Readable.from([Buffer.from("no archive".repeat(1000))]), never);
    await expect(loading).rejects.toMatchObject({
      code: "drivers/engine-refused",
      message: expect.stringContaining("load an image"),
    });
  });
});
