/** Images of the embedded engine in a real registry. */
import { describe, expect, test } from "vitest";
import type { Layer } from "../../src/engine/layer/layer.ts";
import { writeExport } from "../../src/exporters/embedded/write-export.ts";
import { openRegistry } from "../../src/registry/open-registry.ts";
import { engine } from "../engine/context.ts";
import { startRegistry } from "../engine/registry.ts";
import { createTempFolder } from "../engine/temp-folder.ts";
import { file, requestOf, resultOf, StandInLayers } from "../exporters/embedded/stand-in.ts";

const found = engine();
const registryPath = found.available ? found.registryPath : undefined;

describe.runIf(registryPath !== undefined)("an image that the embedded engine pushed", { timeout: 60_000 }, () => {
  async function push(
    host: string,
    attributes: Readonly<Record<string, string>>,
    platforms: readonly string[],
    at: string,
    change: (layers: readonly Layer[]) => readonly Layer[] = (layers) => layers,
  ): Promise<{
    readonly answer: ReadonlyMap<string, string>;
    readonly made: readonly string[];
    readonly log: readonly string[];
  }> {
    const layers = new StandInLayers(at);
    const own = [await layers.add(file("one", "1")), await layers.add(file("two", "2".repeat(3_000_000)))];
    const registry = openRegistry({
      environment: { variables: { DOCKER_CONFIG: at }, homeFolder: at, platform: process.platform },
    });
    const log: string[] = [];
    try {
      const results = platforms.map((architecture) =>
        resultOf(change(own), { platform: { os: "linux", architecture } }),
      );
      const name = (attributes.name ?? "").split(",").map((each) => `${host}/${each}`);
      const answer = await writeExport(
        requestOf(layers, results, {
          exporter: "image",
          sink: { kind: "none" },
          attributes: new Map(Object.entries({ push: "true", ...attributes, name: name.join(",") })),
          registry: () => registry,
          onStatus: ({ id, done }) => done && log.push(id),
        }),
      );
      return { answer, made: layers.made, log };
    } finally {
      await registry.close();
    }
  }

  async function head(url: string): Promise<Response> {
    const accept = [
      "application/vnd.oci.image.index.v1+json",
      "application/vnd.oci.image.manifest.v1+json",
      "application/vnd.docker.distribution.manifest.v2+json",
    ].join(", ");
    return await fetch(url, { headers: { accept } });
  }

  test("has every name, in two repositories, and the registry knows its digest", async () => {
    await using at = await createTempFolder();
    await using registry = await startRegistry({ registryPath: registryPath ?? "" });
    const { answer, log } = await push(registry.host, { name: "a/app:1,a/app:2,b/app" }, ["amd64", "arm64"], at.path);
    for (const path of ["a/app/manifests/1", "a/app/manifests/2", "b/app/manifests/latest"]) {
      const response = await head(`http://${registry.host}/v2/${path}`);
      expect(response.headers.get("docker-content-digest")).toBe(answer.get("containerimage.digest"));
      expect(await response.json()).toMatchObject({
        manifests: [{ platform: { architecture: "amd64" } }, { platform: { architecture: "arm64" } }],
      });
    }
    expect(answer.get("image.name")).toBe(
      ["a/app:1", "a/app:2", "b/app:latest"].map((name) => `${registry.host}/${name}`).join(),
    );
    const firstManifest = log.findIndex((id) => id.startsWith("pushing manifest"));
    const lastBlob = log.slice(0, firstManifest + 4).findLastIndex((id) => /pushing (layer|config)/.test(id));
    expect(lastBlob).toBeLessThan(firstManifest);
    // The second repository takes the layers from the first.
    expect((await registry.readAccessLog()).filter((line) => /POST .*mount=sha256/.test(line)).length).toBeGreaterThan(
      0,
    );
  });

  test("by digest has no tag", async () => {
    await using at = await createTempFolder();
    await using registry = await startRegistry({ registryPath: registryPath ?? "" });
    const { answer } = await push(registry.host, { name: "app", "push-by-digest": "true" }, ["amd64"], at.path);
    const digest = answer.get("containerimage.digest");
    expect((await head(`http://${registry.host}/v2/app/manifests/${digest}`)).status).toBe(200);
    expect(await (await fetch(`http://${registry.host}/v2/app/tags/list`)).json()).not.toHaveProperty("tags.0");
    expect(answer.get("image.name")).toBe(`${registry.host}/app`);
  });

  test("does not fetch a base layer that the registry has in another repository", async () => {
    await using at = await createTempFolder();
    await using registry = await startRegistry({ registryPath: registryPath ?? "" });
    await push(registry.host, { name: "base" }, ["amd64"], at.path);
    const second = await push(registry.host, { name: "app" }, ["amd64"], at.path, (layers) => layers);
    expect(second.made).toHaveLength(2);
    const layers = new StandInLayers(at.path);
    const base = await layers.add(file("one", "1"));
    const { descriptor } = await layers.blob(base, { compression: "gzip" }, { signal: new AbortController().signal });
    const origin = {
      descriptor,
      repository: { registry: registry.host, repository: "base" },
      fetch: async () => {
        throw new Error("it was fetched");
      },
    };
    const third = await push(registry.host, { name: "third" }, ["amd64"], at.path, ([, own]) =>
      own === undefined ? [] : [{ ...base, origin }, own],
    );
    expect(third.made).toHaveLength(1);
    expect((await head(`http://${registry.host}/v2/third/manifests/latest`)).status).toBe(200);
  });
});
