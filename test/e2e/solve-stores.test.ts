import { createWriteStream } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { CacheEntry } from "../../src/buildfile/attributes/entries.ts";
import { exportOf, requestOf } from "../buildkit/solve-request.ts";
import { describeWithEngine } from "../engine/context.ts";
import { run } from "../engine/run-process.ts";
import { build, busyboxFolder, dockerNode, folderWith, start } from "./solve-setting.ts";

const cache = (attributes: Readonly<Record<string, string>>): CacheEntry => ({
  type: "local",
  attributes: new Map(Object.entries(attributes)),
});

describeWithEngine("a cache in a folder", (engine) => {
  test("is written, found again, and said to be empty before", async () => {
    const folder = await busyboxFolder(engine, ["RUN echo cached by folder > /x"]);
    const node = await dockerNode(engine);
    const target = {
      cacheFrom: [cache({ src: "store", tag: "v1" })],
      cacheTo: [cache({ dest: "store", tag: "v1", mode: "max" })],
    };
    const first = await build(node, requestOf({ folder, target }));
    expect(first.events).toContainEqual(
      expect.objectContaining({ type: "message", text: expect.stringContaining("holds no cache yet") }),
    );
    const index = JSON.parse(await readFile(join(folder, "store/index.json"), "utf8"));
    expect(index.manifests).toMatchObject([{ annotations: { "org.opencontainers.image.ref.name": "v1" } }]);
    const second = await build(node, requestOf({ folder, target }));
    expect([...second.steps().keys()]).toContainEqual(expect.stringMatching(/^importing cache manifest from local/));
    expect(JSON.parse(await readFile(join(folder, "store/index.json"), "utf8")).manifests).toHaveLength(1);
  });
});

describeWithEngine("an image in a folder", (engine) => {
  test("is a named context", async () => {
    const layout = await folderWith();
    const archive = join(await folderWith(), "image.tar");
    const base = await busyboxFolder(engine, ["ENV FROM_LAYOUT=yes"]);
    const node = await dockerNode(engine);
    const sink = { kind: "stream", open: async () => createWriteStream(archive) } as const;
    await build(node, requestOf({ folder: base, export: exportOf("oci", { name: "example.org/base:v2" }, sink) }));
    await mkdir(layout, { recursive: true });
    await run("tar", ["-xf", archive, "-C", layout]);
    const folder = await folderWith({ Dockerfile: "FROM base\nRUN echo $FROM_LAYOUT\n" });
    for (const address of [`oci-layout://${layout}:v2`, `oci-layout://${layout}`]) {
      const built = await build(
        node,
        requestOf({ folder, target: { noCache: true, contexts: new Map([["base", address]]) } }),
      );
      expect(built.logs()).toBe("yes\n");
    }
    const missing = start(
      node,
      requestOf({ folder, target: { contexts: new Map([["base", `oci-layout://${layout}:v3`]]) } }),
    );
    await expect(missing.job.solved).rejects.toMatchObject({
      code: "build/context-not-found",
      message: expect.stringContaining('the tag "v3"'),
    });
  });
});
