/** A remote builder through `docker buildx bake` and through `tsbake build`: made with `docker buildx create`, used by both under its name. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWithEngine } from "../engine/context.ts";
import { type Registry, startRegistry } from "../engine/registry.ts";
import { run } from "../engine/run-process.ts";
import { openSplice, type Splice } from "../engine/splice.ts";
import { runBoth, type Sides } from "./side-by-side/both.ts";
import { mask, withoutMore } from "./side-by-side/mask.ts";
import { takeImage } from "./side-by-side/registry-content.ts";
import type { Row } from "./side-by-side/row.ts";
import { createSetting, type Setting } from "./side-by-side/setting.ts";

const lines = ["COPY seed.txt /", "LABEL a=b"];
const platforms = 'platforms = ["linux/amd64", "linux/arm64"]';
/** Of the registry; known when the tests run. */
const open = "${OPEN}";

function output(name: string, parameters: string, target: readonly string[] = [], more: readonly string[] = []): Row {
  return { name, lines: [...lines, ...more], target: [`output = ["${parameters}"]`, ...target] };
}

const files: readonly Row[] = [
  output("oci", "type=oci,dest=out/oci.tar,name=example.test/side/oci:1"),
  output("oci-folder", "type=oci,dest=out/oci-folder,tar=false,name=example.test/side/folder:1"),
  output("oci-platforms", "type=oci,dest=out/oci-platforms.tar", [platforms]),
  output("oci-zstd", "type=oci,dest=out/oci-zstd.tar,compression=zstd,force-compression=true"),
  output("oci-epoch", "type=oci,dest=out/oci-epoch.tar,rewrite-timestamp=true", [
    'args = { SOURCE_DATE_EPOCH = "1000000000" }',
  ]),
  output("docker", "type=docker,dest=out/docker.tar,name=example.test/side/docker:1"),
  output("local", "type=local,dest=out/local"),
  output("local-platforms", "type=local,dest=out/local-platforms", [platforms]),
  output("tar", "type=tar,dest=out/tar.tar"),
  output("provenance-max", "type=oci,dest=out/provenance-max.tar", ['attest = ["type=provenance,mode=max"]']),
  output("provenance-off", "type=oci,dest=out/provenance-off.tar", ['attest = ["type=provenance,disabled=true"]']),
  output("annotated", "type=oci,dest=out/annotated.tar", ['annotations = ["manifest:org.example.a=1"]']),
  output("labels", "type=oci,dest=out/labels.tar", ['labels = { "org.example.b" = "2" }']),
  output(
    "hosts",
    "type=local,dest=out/hosts",
    ['extra-hosts = { "a.test" = "10.0.0.1" }'],
    ["RUN cat /etc/hosts > /hosts"],
  ),
  output("network", "type=local,dest=out/network", ['network = "none"'], ["RUN ls /sys/class/net > /net"]),
  output(
    "named-context",
    "type=local,dest=out/named-context",
    ['contexts = { other = "./base" }'],
    ["COPY --from=other /bin/busybox /copied"],
  ),
  output(
    "cache-local",
    "type=cacheonly",
    ['cache-to = ["type=local,dest=out/cache-local,mode=max"]'],
    ["RUN echo cached > /cached"],
  ),
];

const pushed: readonly Row[] = [
  output("push", `type=image,name=${open}/side/push:1,push=true`),
  output("push-registry", `type=registry,name=${open}/side/push-registry:1`),
  output("push-platforms", `type=registry,name=${open}/side/push-platforms:1`, [platforms]),
  output("push-provenance", `type=registry,name=${open}/side/push-provenance:1`, [
    'attest = ["type=provenance,mode=max"]',
  ]),
];

/** Built by itself: daemons may leave out of a cache what another build does at the same time (ADR 003). */
const inline: Row = {
  ...output("push-inline", `type=registry,name=${open}/side/push-inline:1`, ['cache-to = ["type=inline"]']),
  lines: ["COPY seed.txt /inline", "LABEL a=b"],
};

describeWithEngine("a remote builder, side by side with buildx", { timeout: 180_000 }, (engine) => {
  const { registryPath, buildxPath } = engine;
  if (registryPath === undefined || buildxPath === undefined) {
    test.skip("no docker-registry or no buildx on this machine", () => {});
    return;
  }
  let setting: Setting;
  let splice: Splice;
  let registry: Registry;
  let sides: Sides;
  let alone: Sides;

  beforeAll(async () => {
    setting = await createSetting(engine);
    registry = await startRegistry({ registryPath });
    splice = await openSplice(engine.dockerHost, { kind: "tcp" });
    const home = join(setting.beside, "home");
    await run(buildxPath, ["create", "--name", "side", "--driver", "remote", splice.endpoint], {
      env: {
        PATH: process.env.PATH,
        HOME: home,
        BUILDX_CONFIG: join(home, "buildx"),
        DOCKER_CONFIG: join(home, "docker"),
      },
    });
    const base = `http://${registry.host}/v2`;
    const seenOf = async ({ name }: Row) => [name, await takeImage({ base }, `side/${name}`, "1")] as const;
    const both = async (rows: readonly Row[], looked: readonly Row[]): Promise<Sides> =>
      runBoth({
        engine,
        folder: setting.folder,
        rows,
        env: { OPEN: registry.host, BUILDX_BUILDER: "side", DOCKER_HOST: "unix:///nonexistent/docker.sock" },
        variables: ["OPEN"],
        look: async () => Object.fromEntries(await Promise.all(looked.map(seenOf))),
      });
    sides = await both([...files, ...pushed], pushed);
    alone = await both([inline], [inline]);
  }, 180_000);
  afterAll(async () => {
    await splice.close();
    await registry.stop();
    await setting[Symbol.asyncDispose]();
  });

  test.each(files)("$name: the same on this machine", ({ name }) => {
    expect(sides.buildx.outputs[name]).toBeDefined();
    expect(mask(sides.tsbake.outputs[name])).toEqual(mask(sides.buildx.outputs[name]));
  });

  test("an inline cache: the same in the registry", () => {
    expect(JSON.stringify(alone.buildx.seen)).toContain("moby.buildkit.cache.v0");
    expect(mask(alone.tsbake.seen)).toEqual(mask(alone.buildx.seen));
  });

  test.each(pushed)("$name: the same in the registry", ({ name }) => {
    expect(JSON.stringify(sides.buildx.seen[name])).toContain("mediaType");
    expect(mask(sides.tsbake.seen[name])).toEqual(mask(sides.buildx.seen[name]));
  });

  test.each([...files, ...pushed])("$name: the same metadata", ({ name }) => {
    const theirs = sides.buildx.metadata[name];
    expect(Object.keys(withoutMore(sides.tsbake.metadata[name], theirs) ?? {})).toEqual(Object.keys(theirs ?? {}));
  });
});
