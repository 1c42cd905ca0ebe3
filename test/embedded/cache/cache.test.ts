import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cacheUsage } from "../../../src/api/cache.ts";
import { fakeRegistry } from "../../registry/fake-registry.ts";
import { type EmbeddedFolder, type FinishedRun, openEmbeddedFolder } from "../solve/embedded-build.ts";

const dockerfile = `FROM scratch AS tools
COPY a.txt /tool
FROM scratch
COPY --from=tools /tool /bin/tool
COPY b.txt /b
`;

/** Steps of the Dockerfile and whether they were found. */
function stepsOf({ events }: FinishedRun): Readonly<Record<string, string>> {
  return Object.fromEntries(
    events.flatMap((event) =>
      event.type === "step" && event.completed !== undefined && /COPY|RUN/.test(event.name)
        ? [[event.name.replace(/^\[[^\]]*\] /, ""), event.cached ? "cached" : "done"]]
        : [],
    ),
  );
}

function warningsOf({ events }: FinishedRun): readonly string[] {
  return events.flatMap((event) => (event.type === "message" ? [event.text] : []));
}

/** Another machine: nothing is known there but what the cache says. */
function elsewhere(name: string, folder: EmbeddedFolder) {
  return { TSBAKE_CACHE_DIR: join(folder.path, name) };
}

async function openProject(caches: string): Promise<EmbeddedFolder> {
  const folder = await openEmbeddedFolder();
  await folder.write({
    Dockerfile: dockerfile,
    "a.txt": "A\n",
    "b.txt": "B\n",
    "docker-bake.hcl": `variable "FROM" { default = "" }
      variable "TO" { default = "" }
      target "default" {
        cache-from = FROM == "" ? [] : [FROM]
        cache-to = TO == "" ? [] : [TO]
        ${caches}
      }`,
  });
  return folder;
}

const all = { "COPY a.txt /tool": "cached", "COPY --from=tools /tool /bin/tool": "cached", "COPY b.txt /b": "cached" };

const forms = [
  "mode=max",
  "mode=max,image-manifest=false",
  "mode=max,oci-mediatypes=false",
  "mode=max,compression=zstd,compression-level=3",
  "mode=max,compression=uncompressed",
  "mode=max,tag=other",
];

test.each(forms)("a folder written with %s is all that another machine needs", async (form) => {
  await using folder = await openProject('output = ["type=oci,dest=out.tar,tar=false"]');
  const tag = /tag=\w+/.exec(form)?.[0] ?? "tag=latest";
  const first = await folder.run({ environment: { TO: `type=local,dest=cache,${form}` } });
  expect(stepsOf(first)).toEqual(Object.fromEntries(Object.keys(all).map((name) => [name, "done"])));
  const before = await readFile(join(folder.path, "out.tar/index.json"), "utf8");
  await rm(join(folder.path, "out.tar"), { recursive: true });
  const environment = { ...elsewhere("other", folder), FROM: `type=local,src=cache,${tag}` };
  const second = await folder.run({ environment });
  expect(second.outcomes).toEqual({ "default#0": "cached" });
  expect(stepsOf(second)).toEqual(all);
  // Layers are encoded as the output wants them, whatever they are in the cache: the image is the same.
  const digest = /"digest":"(sha256:[0-9a-f]+)"/;
  expect(digest.exec(await readFile(join(folder.path, "out.tar/index.json"), "utf8"))?.[1]).toBe(
    digest.exec(before)?.[1],
  );
});

test("mode=min keeps the layers of the result, and not those of the stages it takes files from", async () => {
  await using folder = await openProject("");
  await folder.run({ environment: { TO: "type=local,dest=cache" } });
  const second = await folder.run({ environment: { ...elsewhere("other", folder), FROM: "type=local,src=cache" } });
  expect(stepsOf(second)).toEqual({ ...all, "COPY a.txt /tool": "done" });
});

test("a registry keeps a cache, which is pushed before its name", async () => {
  const registry = await fakeRegistry();
  await using folder = await openProject("");
  const ref = `type=registry,ref=${registry.host}/team/cache:main`;
  await folder.run({ environment: { TO: `${ref},mode=max` } });
  const writes = registry.asked.filter(({ method }) => method === "PUT").map(({ url }) => url);
  expect(writes.at(-1)).toBe("/v2/team/cache/manifests/main");
  const manifest: unknown = JSON.parse(registry.manifests.get("team/cache:main")?.bytes.toString("utf8") ?? "");
  expect(manifest).toMatchObject({
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { mediaType: "application/vnd.buildkit.cacheconfig.v0" },
  });
  registry.asked.length = 0;
  const second = await folder.run({ environment: { ...elsewhere("other", folder), FROM: ref } });
  // Its configuration, and the two layers that something is copied from or onto; nobody looks into the last one.
  expect(stepsOf(second)).toEqual(all);
  const layers = registry.asked.filter(({ method, url }) => method === "GET" && url.includes("/blobs/"));
  expect(layers).toHaveLength(3);
});

test("a layer of a cache is not fetched to be pushed where it is", async () => {
  const registry = await fakeRegistry();
  await using folder = await openProject(`output = ["type=registry"]\n tags = ["${registry.host}/team/app:1"]`);
  const ref = `type=registry,ref=${registry.host}/team/cache`;
  await folder.run({ environment: { TO: `${ref}` } });
  registry.asked.length = 0;
  await folder.write({ Dockerfile: "FROM scratch\nCOPY b.txt /b\n" });
  await folder.run({ environment: { TO: ref } });
  registry.asked.length = 0;
  const { outcomes } = await folder.run({ environment: { ...elsewhere("other", folder), FROM: ref } });
  expect(outcomes).toEqual({ "default#0": "cached" });
  const fetched = registry.asked.filter(({ method, url }) => method === "GET" && url.includes("/blobs/"));
  // The configuration of the cache alone.
  expect(fetched).toHaveLength(1);
});

test("an image holds its own cache, as BuildKit's do", async () => {
  const registry = await fakeRegistry();
  await using folder = await openProject(
    `output = ["type=registry"]\n tags = ["${registry.host}/team/app:1"]\n platforms = ["linux/amd64", "linux/arm64"]`,
  );
  await folder.run({ environment: { TO: "type=inline" } });
  await folder.write({ "b.txt": "changed\n" });
  const ref = `${registry.host}/team/app:1`;
  const second = await folder.run({ environment: { ...elsewhere("other", folder), FROM: ref } });
  expect(stepsOf(second)).toMatchObject({ "COPY --from=tools /tool /bin/tool": "cached", "COPY b.txt /b": "done" });
});

test("linked targets are part of the cache", async () => {
  await using folder = await openEmbeddedFolder();
  await folder.write({
    "a.txt": "A\n",
    "docker-bake.hcl": `variable "FROM" { default = "" }
      target "base" {
        dockerfile-inline = "FROM scratch\\nCOPY a.txt /a\\n"
        cache-from = FROM == "" ? [] : [FROM]
      }
      target "default" {
        contexts = { base = "target:base" }
        dockerfile-inline = "FROM base\\nCOPY <<E /b\\nb\\nE\\n"
        cache-to = ["type=local,dest=cache"]
        cache-from = FROM == "" ? [] : [FROM]
      }`,
  });
  await folder.run();
  const second = await folder.run({ environment: { ...elsewhere("other", folder), FROM: "type=local,src=cache" } });
  expect(stepsOf(second)).toEqual({ "COPY a.txt /a": "cached", "COPY <<E /b": "cached" });
});

test("a folder keeps caches of several tags, and what was there when a later one fails", async () => {
  await using folder = await openProject("");
  await folder.run({ environment: { TO: "type=local,dest=cache,tag=one" } });
  await folder.write({ "b.txt": "two\n" });
  await folder.run({ environment: { TO: "type=local,dest=cache,tag=two" } });
  const index = await readFile(join(folder.path, "cache/index.json"), "utf8");
  expect(index).toContain('"one"');
  expect(index).toContain('"two"');
  expect((await readdir(join(folder.path, "cache/blobs/sha256"))).filter((name) => name.startsWith("."))).toEqual([]);
  await rm(join(folder.path, "cache"), { recursive: true });
  await writeFile(join(folder.path, "cache"), "in the way");
  const failed = await folder.run({ environment: { TO: "type=local,dest=cache" } });
  expect(failed.outcomes["default#0"]).toContain("engine/cache-unwritable");
  const ignored = await folder.run({ environment: { TO: "type=local,dest=cache,ignore-error=true" } });
  expect(ignored.outcomes["default#0"]).toMatch(/done|cached/);
  expect(warningsOf(ignored).join("\n")).toContain("a cache is not written");
  expect((await stat(join(folder.path, "cache"))).isFile()).toBe(true);
});

test.each(["{ cut", "{}", ""])("an index.json that holds %j is not written over", async (text) => {
  await using folder = await openProject("");
  await folder.write({ "cache/index.json": text });
  const failed = await folder.run({ environment: { TO: "type=local,dest=cache" } });
  expect(failed.outcomes["default#0"]).toContain("engine/bad-cache-index");
  expect(await readFile(join(folder.path, "cache/index.json"), "utf8")).toBe(text);
  await rm(join(folder.path, "cache/index.json"));
  const mended = await folder.run({ environment: { TO: "type=local,dest=cache" } });
  expect(mended.outcomes["default#0"]).toMatch(/done|cached/);
});

test("a relative folder of the engine's own cache is in the working folder of the build", async () => {
  await using folder = await openProject("");
  await folder.run({ environment: { TSBAKE_CACHE_DIR: "kept" } });
  expect(await readdir(join(folder.path, "kept"))).toContain("v1");
  const usage = await cacheUsage({ workingFolder: folder.path, environment: { TSBAKE_CACHE_DIR: "kept" } });
  expect(usage.length).toBeGreaterThan(0);
});

test("a cache that cannot be read is a warning, and the build goes on without it", async () => {
  await using folder = await openProject("");
  await mkdir(join(folder.path, "broken"));
  for (const from of ["type=local,src=missing", "type=local,src=broken", "type=registry,ref=127.0.0.1:1/none"]) {
    const run = await folder.run({ environment: { ...elsewhere(from.replace(/\W/g, ""), folder), FROM: from } });
    expect(run.outcomes["default#0"]).toBe("done");
    expect(warningsOf(run).join("\n")).toContain("left out");
  }
});

test("a cache that is not there yet is called that, and no more is made of it", async () => {
  const registry = await fakeRegistry();
  await using folder = await openProject("");
  await folder.run({ environment: { TO: "type=local,dest=cache,tag=one" } });
  const ref = `type=registry,ref=${registry.host}/team/cache`;
  for (const from of ["type=local,src=missing", "type=local,src=cache,tag=two", ref]) {
    const run = await folder.run({ environment: { FROM: from } });
    const said = warningsOf(run).filter((text) => text.includes("cache yet") || text.includes("cannot be read"));
    expect(said).toEqual([expect.stringMatching(/holds no cache yet; it is left out$/)]);
  }
});

test("what a cache says is not believed where its blobs say otherwise", async () => {
  await using folder = await openProject('output = ["type=local,dest=out"]');
  await folder.run({ environment: { TO: "type=local,dest=cache,compression=uncompressed" } });
  await rm(join(folder.path, "out"), { recursive: true });
  const blobs = join(folder.path, "cache/blobs/sha256");
  await cp(blobs, join(folder.path, "good"), { recursive: true });
  for (const name of await readdir(blobs)) {
    const bytes = await readFile(join(blobs, name));
    const at = bytes.indexOf("B\n");
    if (at === -1 || bytes.length < 512 || bytes[0] === 0x7b) continue;
    bytes[at] = 0x45;
    await writeFile(join(blobs, name), bytes);
  }
  const run = await folder.run({ environment: { ...elsewhere("other", folder), FROM: "type=local,src=cache" } });
  expect(run.outcomes["default#0"]).toMatch(/^failed: engine\/digest-mismatch/);
  expect(await readdir(folder.path)).not.toContain("out");
});

test("types of caches that are for others are left out, which is said once", async () => {
  await using folder = await openEmbeddedFolder();
  await folder.write({
    "docker-bake.hcl": `group "default" { targets = ["a", "b"] }
      target "a" {
        dockerfile-inline = "FROM scratch"
        cache-from = ["type=gha"]
        cache-to = ["type=gha"]
      }
      target "b" {
        dockerfile-inline = "FROM scratch"
        cache-from = ["type=gha"]
      }`,
  });
  const run = await folder.run();
  expect(run.outcomes).toEqual({ "a#0": "cached", "b#0": "cached" });
  expect(warningsOf(run).filter((text) => text.includes("gha"))).toHaveLength(2);
});

test.each([
  ["cache-to", "type=local,dest=c,compression=estargz", "compression is gzip, zstd or uncompressed"],
  ["cache-to", "type=local,dest=c,oci-mediatypes=false,image-manifest=true", "false where oci-mediatypes is false"],
  ["cache-to", "type=registry,ref=UPPER CASE", "the name of an image"],
  ["cache-to", "type=local,dest=c,ignore-error=perhaps", "true or false"],
  ["cache-from", "type=local,src=c,digest=abc", "a digest"],
])("%s with %s is refused before anything starts", async (attribute, text, hint) => {
  await using folder = await openEmbeddedFolder();
  await folder.write({
    "docker-bake.hcl": `target "default" {
      dockerfile-inline = "FROM scratch"
      ${attribute} = ["${text}"]
    }`,
  });
  const { result, events } = await folder.run();
  const [outcome] = result.outcomes.values();
  expect(outcome).toMatchObject({ status: "failed", code: "build/bad-attribute" });
  expect(outcome?.status === "failed" ? outcome.hint : "").toContain(hint);
  expect(events.some(({ type }) => type === "step")).toBe(false);
});
