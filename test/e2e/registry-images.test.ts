import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openLayerStore } from "../../src/engine/layer/layer-store.ts";
import { sourcesOn, testFolder } from "../embedded/source/source-setting.ts";
import { buildx } from "../engine/buildx.ts";
import { describeWithEngine } from "../engine/context.ts";
import { startRegistry } from "../engine/registry.ts";

const signal = new AbortController().signal;

describeWithEngine(
  "an image that BuildKit pushed",
  { timeout: 120_000 },
  ({ registryPath, buildxPath, dockerHost }) => {
    if (registryPath === undefined || buildxPath === undefined) {
      test.skip("no docker-registry or no buildx on this machine", () => {});
      return;
    }

    async function push(context: Readonly<Record<string, string>>, dockerfile: string, args: readonly string[]) {
      const registry = await startRegistry({ registryPath: registryPath ?? "" });
      onTestFinished(() => registry.stop());
      const folder = await testFolder();
      for (const [name, text] of Object.entries({ Dockerfile: dockerfile, ...context })) {
        await writeFile(join(folder, name), text);
      }
      await mkdir(join(folder, "config"));
      const options = { buildxPath: buildxPath ?? "", dockerHost, configFolder: join(folder, "config"), cwd: folder };
      const output = `type=image,push=true,name=${registry.host}/team/app:v1`;
      const ended = await buildx(options, ["build", "--output", output, ...args, "."]);
      expect(ended.code, ended.stderr).toBe(0);
      return registry;
    }

    test.each([
      ["gzip", [], "linux/amd64"],
      [
        "several platforms and attestations",
        ["--platform", "linux/arm64,linux/amd64", "--provenance=mode=max"],
        "linux/arm64",
      ],
    ])("is pulled with its layers (%s)", async (_, args, name) => {
      const dockerfile = "FROM scratch\nENV A=b\nCOPY a.txt /x/\nCOPY b.txt /x/\n";
      const registry = await push({ "a.txt": "A\n", "b.txt": "B\n" }, dockerfile, args);
      const { store, sources } = await sourcesOn(await testFolder());
      const [os = "", architecture = ""] = name.split("/");
      const request = { reference: `${registry.host}/team/app:v1`, platform: { os, architecture } };
      const found = await sources.image(request, signal);
      expect(found.platform).toEqual({ os, architecture });
      expect(found.config.config.Env?.at(-1)).toBe("A=b");
      const before = (await registry.readAccessLog()).filter(
        (line) => line.includes("GET") && line.includes("/blobs/"),
      );
      expect(before).toHaveLength(1);
      const layers = openLayerStore(store);
      const entries = await Promise.all(found.layers.map((layer) => layers.entries(layer, signal)));
      expect(entries.map((each) => each.map(({ path }) => path))).toEqual([
        ["x", "x/a.txt"],
        ["x", "x/b.txt"],
      ]);
    });

    test("is not there under another name", async () => {
      const registry = await push({}, "FROM scratch\nLABEL a=b\n", []);
      const { sources } = await sourcesOn(await testFolder());
      const platform = { os: "linux", architecture: "amd64" };
      for (const reference of [`${registry.host}/team/app:v2`, `${registry.host}/team/other`]) {
        await expect(sources.image({ reference, platform }, signal)).rejects.toMatchObject({
          code: "registry/not-found",
        });
      }
      const other = sources.image(
        { reference: `${registry.host}/team/app:v1`, platform: { os: "linux", architecture: "s390x" } },
        signal,
      );
      await expect(other).resolves.toMatchObject({ platform });
    });
  },
);
