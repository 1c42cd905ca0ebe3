import { createHash, randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { mediaTypes } from "../../src/oci/descriptor.ts";
import { fileContent } from "../../src/registry/file-content.ts";
import { image } from "../embedded/source/images.ts";
import { describeWithEngine } from "../engine/context.ts";
import { startRegistry } from "../engine/registry.ts";
import { run } from "../engine/run-process.ts";
import { createTempFolder } from "../engine/temp-folder.ts";
import { blobOf, clientOn, contentOf, readAll } from "../registry/client-setting.ts";
import { cuttingProxy } from "./cutting-proxy.ts";

const signal = new AbortController().signal;
const login = { username: "ada", password: "p:w d" };

describeWithEngine("a real registry", { timeout: 120_000 }, ({ registryPath, skopeoPath }) => {
  if (registryPath === undefined) {
    test.skip("no docker-registry on this machine", () => {});
    return;
  }

  const start = async (options: { readonly login?: typeof login } = {}) => {
    const registry = await startRegistry({ registryPath, ...options });
    onTestFinished(() => registry.stop());
    return registry;
  };

  test("takes 100 MB from a file and gives them back, for those who know the password", async () => {
    const registry = await start({ login });
    const { client } = clientOn({ logins: { [registry.host]: `${login.username}:${login.password}` } });
    const repository = client.repository({ registry: registry.host, repository: "team/app" }, { push: true });
    await using folder = await createTempFolder();
    const content = randomBytes(100 << 20);
    const file = join(folder.path, "blob");
    await writeFile(file, content);
    const descriptor = blobOf(content);
    const seen: number[] = [];
    const onProgress = (bytes: number): number => seen.push(bytes);
    expect(await repository.pushBlob(descriptor, fileContent(file), { signal, onProgress })).toBe("uploaded");
    expect(seen.at(-1)).toBe(content.length);
    expect(seen.length).toBeGreaterThan(100);
    expect((await readAll(repository.blob(descriptor, { signal }))).equals(content)).toBe(true);
    const stranger = clientOn().client.repository({ registry: registry.host, repository: "team/app" });
    await expect(stranger.hasBlob(descriptor.digest, signal)).rejects.toMatchObject({ code: "registry/unauthorized" });
    const wrong = clientOn({ logins: { [registry.host]: "ada:no" } });
    const mistaken = wrong.client.repository({ registry: registry.host, repository: "team/app" });
    await expect(mistaken.hasBlob(descriptor.digest, signal)).rejects.toMatchObject({
      message: expect.stringContaining("does not accept the credentials"),
    });
  });

  test("takes an image of many layers at once, which skopeo reads", async () => {
    const registry = await start();
    const { client } = clientOn();
    const name = { registry: registry.host, repository: "team/app" };
    const repository = client.repository(name, { push: true });
    const texts = Array.from({ length: 12 }, (_, i) => randomBytes(200_000).toString("hex") + i);
    const { manifest, config, layers } = image({ os: "linux", architecture: "amd64" }, texts);
    const blobs = [config, ...layers];
    const pushed = await Promise.all(
      blobs.map(({ descriptor, bytes }) => repository.pushBlob(descriptor, contentOf(bytes), { signal })),
    );
    expect(new Set(pushed)).toEqual(new Set(["uploaded"]));
    const { digest } = manifest.descriptor;
    const mediaType = mediaTypes.ociManifest;
    expect(await repository.pushManifest({ reference: "v1", mediaType, bytes: manifest.bytes }, signal)).toBe(digest);
    expect(await repository.resolve("v1", signal)).toEqual(manifest.descriptor);
    const other = client.repository({ ...name, repository: "other/app" }, { push: true });
    const lent = await Promise.all(
      blobs.map(({ descriptor }) =>
        other.pushBlob(descriptor, nothing, { signal, mountFrom: ["no/such", "team/app"] }),
      ),
    );
    expect(new Set(lent)).toEqual(new Set(["mounted"]));
    await other.pushManifest({ reference: digest, mediaType, bytes: manifest.bytes }, signal);
    if (skopeoPath === undefined) return;
    await using folder = await createTempFolder();
    const reference = `docker://${registry.host}/other/app@${digest}`;
    const home = { env: { HOME: folder.path, PATH: process.env.PATH } };
    const { stdout } = await run(skopeoPath, ["inspect", "--no-tags", "--tls-verify=false", reference], home);
    expect(JSON.parse(stdout)).toMatchObject({
      Digest: digest,
      Layers: layers.map(({ descriptor }) => descriptor.digest),
    });
    await mkdir(join(folder.path, "out"));
    const target = `dir:${join(folder.path, "out")}`;
    await run(skopeoPath, ["copy", "--insecure-policy", "--src-tls-verify=false", reference, target], home);
  });

  test("refuses a manifest of which it does not have the parts, and says which", async () => {
    const registry = await start();
    const repository = clientOn().client.repository({ registry: registry.host, repository: "a" }, { push: true });
    const { manifest } = image({ os: "linux", architecture: "amd64" }, ["x"]);
    const pushing = repository.pushManifest(
      { reference: "v1", mediaType: mediaTypes.ociManifest, bytes: manifest.bytes },
      signal,
    );
    await expect(pushing).rejects.toMatchObject({
      code: expect.stringMatching(/^registry\//),
      message: expect.stringMatching(/blob unknown/),
    });
  });

  describe("behind a line that breaks", () => {
    test("every 64 KiB gives 16 MiB all the same", async () => {
      const registry = await start();
      const content = randomBytes(16 << 20);
      const descriptor = blobOf(content);
      const name = { registry: registry.host, repository: "team/app" };
      await clientOn().client.repository(name, { push: true }).pushBlob(descriptor, contentOf(content), { signal });
      await using proxy = await cuttingProxy(registry.host);
      proxy.limit({ down: 64 << 10 });
      const { client, clock } = clientOn();
      const repository = client.repository({ ...name, registry: proxy.host });
      expect((await readAll(repository.blob(descriptor, { signal }))).equals(content)).toBe(true);
      expect(proxy.connections()).toBeGreaterThan(250);
      expect(Math.max(...clock.slept)).toBe(1000);
    });

    test.each([1, 2, 3, 17, 63].map((times) => times * (64 << 10)))(
      "after %i bytes takes a blob all the same",
      async (bytes) => {
        const registry = await start();
        await using proxy = await cuttingProxy(registry.host);
        proxy.limit({ up: bytes });
        const { client, troubles } = clientOn();
        const content = randomBytes(4 << 20);
        const descriptor = blobOf(content);
        const repository = client.repository({ registry: proxy.host, repository: "team/app" }, { push: true });
        const onProgress = (sent: number): void => {
          if (sent > bytes / 2) proxy.limit({});
        };
        expect(await repository.pushBlob(descriptor, contentOf(content), { signal, onProgress })).toBe("uploaded");
        expect(troubles.length).toBeGreaterThan(0);
        expect((await readAll(repository.blob(descriptor, { signal }))).equals(content)).toBe(true);
      },
    );
  });

  test("moves 1 GiB there and back in little memory", async () => {
    const registry = await start();
    const repository = clientOn().client.repository({ registry: registry.host, repository: "big" }, { push: true });
    const size = 1 << 30;
    const piece = randomBytes(1 << 20);
    const source = async function* (offset: number) {
      for (let at = offset; at < size; at += piece.length) yield piece.subarray(0, Math.min(piece.length, size - at));
    };
    const hash = createHash("sha256");
    for (let at = 0; at < size; at += piece.length) hash.update(piece);
    const descriptor = { mediaType: "application/octet-stream", digest: `sha256:${hash.digest("hex")}` as const, size };
    const before = process.memoryUsage().rss;
    let most = 0;
    const look = (): void => {
      most = Math.max(most, process.memoryUsage().rss - before);
    };
    await repository.pushBlob(descriptor, source, { signal, onProgress: look });
    let received = 0;
    for await (const chunk of repository.blob(descriptor, { signal })) {
      received += chunk.length;
      if (received % (16 << 20) < chunk.length) look();
    }
    expect(received).toBe(size);
    expect(most / (1 << 20)).toBeLessThan(150);
  });
});

async function* nothing(): AsyncGenerator<Uint8Array> {
  yield await Promise.reject(new Error("nobody was to upload this"));
}
