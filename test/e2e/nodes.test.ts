import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeWithEngine } from "../engine/context.ts";
import type { EngineFound } from "../engine/global-setup.ts";
import { startRegistry } from "../engine/registry.ts";
import { openSplice, type Splice } from "../engine/splice.ts";
import { tsbake } from "./program.ts";
import { readOutput } from "./side-by-side/read-output.ts";
import { afterTest, busyboxFolder, folderWith } from "./solve-setting.ts";

async function spliceTo(engine: EngineFound): Promise<Splice> {
  const splice = await openSplice(engine.dockerHost, { kind: "tcp" });
  afterTest(() => splice.close());
  return splice;
}

/** Some time after the first connection. Returns what calls it off. */
function closeAfter(splice: Splice, delayMs: number): () => void {
  const timers: NodeJS.Timeout[] = [];
  const watch = setInterval(() => {
    if (splice.connections === 0) return;
    clearInterval(watch);
    timers.push(setTimeout(() => void splice.close(), delayMs));
  }, 50);
  return () => {
    clearInterval(watch);
    for (const timer of timers) clearTimeout(timer);
  };
}

interface NodeSketch {
  readonly name: string;
  readonly endpoint: string;
  readonly architectures: readonly string[];
}

/** A folder with a remote builder as buildx keeps it. */
async function configWith(builder: string, nodes: readonly NodeSketch[], driver = "remote"): Promise<string> {
  const folder = await folderWith();
  await mkdir(join(folder, "instances"), { recursive: true });
  const document = {
    Name: builder,
    Driver: driver,
    Nodes: nodes.map(({ name, endpoint, architectures }) => ({
      Name: name,
      Endpoint: endpoint,
      Platforms: architectures.map((architecture) => ({ architecture, os: "linux" })),
      DriverOpts: null,
      Flags: null,
      Files: null,
    })),
    Dynamic: false,
  };
  await writeFile(join(folder, "instances", builder), JSON.stringify(document));
  return folder;
}

const copies = (lines: readonly string[] = []): string =>
  [
    "FROM scratch",
    "ARG TARGETARCH",
    "COPY Dockerfile /from-$TARGETARCH",
    `LABEL seed=${randomUUID()}`,
    ...lines,
    "",
  ].join("\n");

async function pair(engine: EngineFound) {
  const [amd, arm] = [await spliceTo(engine), await spliceTo(engine)];
  const config = await configWith("pair", [
    { name: "amd", endpoint: amd.endpoint, architectures: ["amd64"] },
    { name: "arm", endpoint: arm.endpoint, architectures: ["arm64"] },
  ]);
  return { amd, arm, config };
}

describeWithEngine("a builder of several nodes", { timeout: 60_000 }, (engine) => {
  test.runIf(engine.registryPath)("builds each platform where it belongs, and pushes one image", async () => {
    await using registry = await startRegistry({ registryPath: engine.registryPath ?? "" });
    const { config } = await pair(engine);
    const folder = await folderWith({ Dockerfile: copies() });
    const names = [`${registry.host}/app:1`, `${registry.host}/other:2`];
    const source = `
      target "base" { platforms = ["linux/amd64", "linux/arm64"] }
      target "app" {
        platforms = ["linux/amd64", "linux/arm64"]
        contexts = { base = "target:base" }
        dockerfile-inline = "FROM base\\nARG TARGETARCH\\nCOPY --from=base /from-$TARGETARCH /copied"
        tags = ${JSON.stringify(names)}
        annotations = ["index:kind=whole", "manifest:kind=part"]
        output = ["type=registry", "type=local,dest=out", "type=cacheonly", "type=oci,dest=layout,tar=false"]
      }`;
    const result = await tsbake(
      ["build", "-f", "-", "--builder", "pair", "--progress", "plain", "--metadata-file", "meta.json", "app"],
      {
        cwd: folder,
        input: source,
        env: { BUILDX_CONFIG: config },
      },
    );
    expect(result.code, result.stderr).toBe(0);
    // Each of them is asked.
    expect(result.stderr.match(/\[app\] exporting to image/g)).toHaveLength(2);
    const documents = await Promise.all(
      names.map(async (name) => {
        const [repository, tag] = name.slice(registry.host.length + 1).split(":");
        const answer = await fetch(`http://${registry.host}/v2/${repository}/manifests/${tag}`, {
          headers: { accept: "application/vnd.oci.image.index.v1+json" },
        });
        const index: { manifests: { platform: { architecture: string } }[] } = JSON.parse(await answer.text());
        return { digest: answer.headers.get("docker-content-digest"), index };
      }),
    );
    const [first] = documents;
    expect(first?.index).toMatchObject({ annotations: { kind: "whole" } });
    expect(first?.index.manifests.map((each) => each.platform.architecture)).toEqual([
      ...["amd64", "arm64"],
      ...["unknown", "unknown"],
    ]);
    expect(documents.map(({ digest }) => digest)).toEqual([first?.digest, first?.digest]);
    const meta: unknown = JSON.parse(await readFile(join(folder, "meta.json"), "utf8"));
    expect(JSON.stringify(meta)).toContain(first?.digest);
    const tags = await (await fetch(`http://${registry.host}/v2/app/tags/list`)).json();
    expect(tags).toEqual({ name: "app", tags: ["1"] });
    const layout = await readOutput(join(folder, "layout"));
    expect(JSON.stringify(layout).match(/"architecture":"(?:amd64|arm64)","os":"linux"/g)?.length).toBeGreaterThan(1);
    expect(JSON.stringify(layout)).toContain("127.0.0.1");
    expect(JSON.stringify(layout)).not.toContain("<absent>");
    expect((await readdir(join(folder, "out"))).sort()).toEqual(["linux_amd64", "linux_arm64"]);
    expect(await readdir(join(folder, "out/linux_arm64"))).toContain("copied");
  });

  test("builds on one node what could not be put together", async () => {
    const { config } = await pair(engine);
    const folder = await folderWith({ Dockerfile: copies() });
    const source = `
      target "app" {
        platforms = ["linux/amd64", "linux/arm64"]
        output = ["type=oci,dest=app.tar"]
      }`;
    const call = { cwd: folder, input: source, env: { BUILDX_CONFIG: config } };
    const result = await tsbake(["build", "-f", "-", "--builder", "pair", "--progress", "plain", "app"], call);
    expect(result.code, result.stderr).toBe(0);
    expect(result.stderr.match(/\[app\] exporting to oci image format/g)).toHaveLength(1);
    expect(await readdir(folder)).toContain("app.tar");
  });

  test("leaves out a node that cannot be reached", async () => {
    const splice = await spliceTo(engine);
    const folder = await folderWith({ Dockerfile: copies() });
    const builder = `unix:///nonexistent/buildkitd.sock,${splice.endpoint}`;
    const result = await tsbake(["build", "--builder", builder, "--progress", "plain", "-o", "type=local,dest=out"], {
      cwd: folder,
    });
    expect(result.code, result.stderr).toBe(0);
    expect(result.stderr).toMatch(/node buildkitd is left out: /);
    expect(await readdir(join(folder, "out"))).toHaveLength(1);
  });

  test.each([{ linked: false }, { linked: true }])(
    "moves what was under way on a node that is lost (linked: $linked)",
    async ({ linked }) => {
      const [lost, left] = [await spliceTo(engine), await spliceTo(engine)];
      const folder = await busyboxFolder(engine, [
        "COPY busybox /bin/sleep",
        "RUN echo working; sleep 6; echo done > /done",
      ]);
      const child = `
        target "child" {
          contexts = { app = "target:app" }
          dockerfile-inline = "FROM app\\nRUN echo more; sleep 1; echo child > /child"
          output = ["type=local,dest=child", "type=tar,dest=child.tar"]
        }`;
      const source = `
        target "app" { output = ["type=local,dest=out", "type=tar,dest=out.tar"] }
        ${linked ? child : ""}`;
      const stop = closeAfter(lost, 2000);
      const result = await tsbake(
        [
          "build",
          "-f",
          "-",
          "--builder",
          `${lost.endpoint},${left.endpoint}`,
          "--progress",
          "plain",
          linked ? "child" : "app",
        ],
        { cwd: folder, input: source },
      );
      stop();
      expect(result.code, result.stderr).toBe(0);
      expect(result.stderr).toMatch(/node 127\.0\.0\.1-\d+ was lost \(.*\): target app is built on 127\.0\.0\.1-\d+/);
      const name = linked ? "child" : "out";
      expect(await readFile(join(folder, name, "done"), "utf8")).toBe("done\n");
      expect(await readdir(folder)).toContain(`${name}.tar`);
      expect((await readdir(folder)).filter((each) => each.startsWith("."))).toEqual([]);
    },
  );

  test("says so when no other node can do what a lost one did", async () => {
    const { arm, config } = await pair(engine);
    // The engine runs what is no command of the platform all the same.
    const folder = await busyboxFolder(engine, ["COPY busybox /bin/sleep", "RUN echo working; sleep 20"]);
    const source = `
      target "app" {
        platforms = ["linux/arm64"]
        output = ["type=local,dest=out"]
      }`;
    const call = { cwd: folder, input: source, env: { BUILDX_CONFIG: config } };
    const stop = closeAfter(arm, 2000);
    const result = await tsbake(["build", "-f", "-", "--builder", "pair", "--progress", "plain", "app"], call);
    stop();
    expect(result.code, result.stderr).toBe(3);
    expect(result.stderr).toMatch(/ERROR app .*; no other node of the builder can do linux\/arm64/);
  });

  test("of a driver that tsbake does not have is refused by name", async () => {
    const config = await configWith("there", [], "docker-container");
    const folder = await folderWith({ Dockerfile: copies() });
    const result = await tsbake(["build", "--builder", "there"], { cwd: folder, env: { BUILDX_CONFIG: config } });
    expect(result.code).toBe(3);
    expect(result.stderr).toContain('the builder there of buildx has the driver "docker-container"');
  });
});
