/** What is pushed to registries, and the caches kept in them and elsewhere, by `docker buildx bake` and by `tsbake build`, on one engine. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWithEngine } from "../engine/context.ts";
import { type Registry, startRegistry } from "../engine/registry.ts";
import { removeImagesOf } from "./run-image.ts";
import { programsIn, runBoth, type Sides } from "./side-by-side/both.ts";
import { type Json, mask, withoutMore } from "./side-by-side/mask.ts";
import { type RegistryAccess, tagsOf, takeImage } from "./side-by-side/registry-content.ts";
import { buildFile, type Row } from "./side-by-side/row.ts";
import { createSetting, type Setting } from "./side-by-side/setting.ts";
import { gateToken, openTokenGate, type TokenGate } from "./side-by-side/token-gate.ts";

const lines = ["COPY seed.txt /", "LABEL a=b"];
const login = { username: "ada", password: "p:w d" };
const platforms = 'platforms = ["linux/amd64", "linux/arm64"]';

/** The registries' addresses are known when the tests run: they are variables of the build file. */
const open = "${OPEN}";
const locked = "${LOCKED}";
const gated = "${GATED}";

function push(name: string, parameters = "", target: readonly string[] = []): Row {
  const output = `output = ["type=image,name=${open}/side/${name}:1,push=true${parameters && `,${parameters}`}"]`;
  return { name, lines, target: [output, ...target] };
}

const rows: readonly Row[] = [
  push("push"),
  push("push-docker-types", "oci-mediatypes=false"),
  push("push-oci-types", "oci-mediatypes=true"),
  push("push-platforms", "", [platforms]),
  push("push-annotated", "annotation.org.example.a=1,annotation-manifest-descriptor.org.example.b=1", [
    platforms,
    'annotations = ["index:org.example.c=1"]',
  ]),
  push("push-zstd", "compression=zstd,force-compression=true,oci-mediatypes=true"),
  push("push-unstored", "store=false"),
  push("push-insecure", "registry.insecure=true"),
  push("push-provenance-min", "", ['attest = ["type=provenance,mode=min"]']),
  push("push-provenance-max", "", ['attest = ["type=provenance,mode=max"]']),
  push("push-provenance-disabled", "", ['attest = ["type=provenance,disabled=true"]', platforms]),
  push("push-provenance-v1", "", ['attest = ["type=provenance,mode=min,version=v1"]']),
  push("push-sbom-disabled", "", ['attest = ["type=sbom,disabled=true"]']),
  // Lines of its own: daemons may leave out of a cache what another build does at the same time (ADR 003).
  { ...push("push-inline-cache", "", ['cache-to = ["type=inline"]']), lines: ["COPY seed.txt /inline", "LABEL a=b"] },
  {
    name: "registry",
    lines,
    target: [`tags = ["${open}/side/registry:1", "${open}/side/registry:2"]`, 'output = ["type=registry"]'],
  },
  { name: "registry-named", lines, target: [`output = ["type=registry,name=${open}/side/registry-named:1"]`] },
  { name: "basic-login", lines, target: [`output = ["type=registry,name=${locked}/side/basic-login:1"]`] },
  { name: "token", lines, target: [`output = ["type=registry,name=${gated}/side/token:1"]`] },
  {
    name: "cache-to-registry",
    lines: [...lines, "RUN echo r > /r"],
    target: [`cache-to = ["type=registry,ref=${open}/side/cache-to-registry:1"]`],
  },
  {
    name: "cache-to-registry-max",
    lines: [...lines, "RUN echo max > /r", "FROM scratch", "COPY --from=result /r /"],
    target: [
      `cache-to = ["type=registry,ref=${open}/side/cache-to-registry-max:1,mode=max,image-manifest=true,oci-mediatypes=true"]`,
    ],
  },
  {
    name: "cache-to-registry-docker-types",
    lines: [...lines, "RUN echo d > /r"],
    target: [
      `cache-to = ["type=registry,ref=${open}/side/cache-to-registry-docker-types:1,oci-mediatypes=false,image-manifest=false"]`,
    ],
  },
  {
    name: "cache-to-local",
    lines: [...lines, "RUN echo l > /l"],
    target: ['cache-to = ["type=local,dest=out/local-cache,mode=max"]'],
  },
  {
    name: "cache-to-login",
    lines: [...lines, "RUN echo a > /a"],
    target: [`cache-to = ["type=registry,ref=${locked}/side/cache-to-login:1"]`],
  },
];
const pushed = rows.map(({ name }) => name);

describeWithEngine("registries and caches, side by side with buildx", { timeout: 180_000 }, (engine) => {
  const { registryPath } = engine;
  if (registryPath === undefined) {
    test.skip("no docker-registry on this machine", () => {});
    return;
  }
  let setting: Setting;
  let sides: Sides;
  let registries: readonly Registry[] = [];
  let gate: TokenGate;

  beforeAll(async () => {
    setting = await createSetting(engine);
    registries = await Promise.all([
      startRegistry({ registryPath }),
      startRegistry({ registryPath, login }),
      startRegistry({ registryPath }),
    ]);
    const [OPEN = "", LOCKED = "", behind = ""] = registries.map(({ host }) => host);
    gate = await openTokenGate({ registry: behind, ...login });
    const auth = Buffer.from(`${login.username}:${login.password}`).toString("base64");
    await mkdir(join(setting.beside, "home/docker"), { recursive: true });
    await writeFile(
      join(setting.beside, "home/docker/config.json"),
      JSON.stringify({ auths: { [LOCKED]: { auth }, [gate.host]: { auth } } }),
    );
    const accesses: readonly RegistryAccess[] = [
      { base: `http://${OPEN}/v2` },
      { base: `http://${LOCKED}/v2`, authorization: `Basic ${auth}` },
      { base: `http://${gate.host}/v2`, authorization: `Bearer ${gateToken}` },
    ];
    const look = async () => {
      // A daemon may also ask to take layers over from repositories that it pushed to elsewhere: that depends on who is first.
      const scopes = gate.takeScopes().filter((scope) => scope.includes("side/token"));
      const found = await Promise.all(
        pushed.map(async (row) => [row, await takeAll(accesses, `side/${row}`)] as const),
      );
      return { scopes: [...scopes], ...Object.fromEntries(found) };
    };
    sides = await runBoth({
      engine,
      folder: setting.folder,
      rows,
      env: { OPEN, LOCKED, GATED: gate.host },
      variables: ["OPEN", "LOCKED", "GATED"],
      look,
    });
  }, 180_000);
  afterAll(async () => {
    for (const { host } of [...registries, gate]) await removeImagesOf(engine, `${host}/`);
    await gate[Symbol.asyncDispose]();
    for (const registry of registries) await registry.stop();
    await setting[Symbol.asyncDispose]();
  });

  test.each(rows)("$name: the same in the registry", ({ name }) => {
    const theirs = sides.buildx.seen[name];
    if (name !== "cache-to-local") expect(JSON.stringify(theirs)).toContain("mediaType");
    expect(mask(sides.tsbake.seen[name])).toEqual(mask(theirs));
    expect(mask(sides.tsbake.outputs[name])).toEqual(mask(sides.buildx.outputs[name]));
    expect(Object.keys(withoutMore(sides.tsbake.metadata[name], sides.buildx.metadata[name]) ?? {})).toEqual(
      Object.keys(sides.buildx.metadata[name] ?? {}),
    );
  });

  test("by digest, bake does not push from a Docker engine; we do, and leave no tag", async () => {
    const { folder } = setting;
    const env = { OPEN: registries[0]?.host };
    const output = `output = ["type=image,name=${open}/side/by-digest,push=true,push-by-digest=true"]`;
    await writeFile(
      join(folder, "docker-bake.hcl"),
      buildFile([{ name: "by-digest", lines, target: [output] }], ["OPEN"]),
    );
    const { buildx, tsbake } = programsIn({ engine, folder, env });
    expect((await buildx("by-digest")).stderr).toContain("push-by-digest is currently not implemented");
    const finished = await tsbake("by-digest", "--json");
    expect(finished).toMatchObject({ code: 0 });
    const [, digest = ""] = /"containerimage.digest": "(sha256:[0-9a-f]+)"/.exec(finished.stdout) ?? [];
    const access = { base: `http://${env.OPEN}/v2` };
    expect(await takeImage(access, "side/by-digest", digest)).toHaveProperty(["content", "manifests", 0, "content"]);
    expect(await tagsOf(access, "side/by-digest")).toBeNull();
  });

  test("the same local cache", () => {
    const theirs = sides.buildx.outputs["local-cache"];
    expect(theirs).toHaveProperty(["index.json", "manifests", 0, "content"]);
    expect(mask(sides.tsbake.outputs["local-cache"])).toEqual(mask(theirs));
  });

  test("the same rights are asked for where a registry gives out tokens", () => {
    expect(sides.buildx.seen.scopes).toEqual(["repository:side/token:pull,push"]);
    expect(sides.tsbake.seen.scopes).toEqual(sides.buildx.seen.scopes);
  });
});

/** All tags of a repository of whichever registry has it. */
async function takeAll(accesses: readonly RegistryAccess[], repository: string): Promise<Json> {
  const found = await Promise.all(
    accesses.map(async (access) => {
      const tags = await tagsOf(access, repository);
      return { tags, images: await Promise.all(["1", "2"].map((tag) => takeImage(access, repository, tag))) };
    }),
  );
  return found;
}
