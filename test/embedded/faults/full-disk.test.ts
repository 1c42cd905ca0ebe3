/** A cache on a disk that fills up: told with a way out, nothing half-written, and fine again when there is room. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findBusybox } from "../run/workbench.ts";
import { writeLayout } from "./layout-of.ts";
import { addBase, onBase, openScene, type Scene } from "./scene.ts";
import { tarOf } from "./tar-of.ts";

/** As `scene.remains` knows it. */
function mountSmall(scene: Scene, name: string): string | undefined {
  if (process.platform !== "linux" || process.geteuid?.() !== 0) return undefined;
  const at = join(scene.folder, name);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64m", `small-${scene.folder.split("/").at(-1)}`, at], {
      stdio: "ignore",
    });
    return at;
  } catch {
    return undefined;
  }
}

const exits = { done: 0, failed: 1, environment: 3 };

const filling = [
  { by: "a file that is copied", lines: "COPY big.bin /big\n" },
  { by: "a command that goes too far", lines: "RUN dd if=/dev/urandom of=/x bs=1M count=90\n" },
  { by: "the layer of a command", lines: "RUN dd if=/dev/urandom of=/x bs=1M count=45\n" },
];

test.for(filling)("the cache's disk is filled by $by", { timeout: 120_000 }, async ({ lines }, context) => {
  using scene = openScene();
  const busybox = findBusybox();
  if (busybox === undefined) return context.skip("there is no static busybox");
  const cache = mountSmall(scene, "cache");
  if (cache === undefined) return context.skip("no file system can be mounted here");
  try {
    addBase(scene, busybox);
    scene.write({ Dockerfile: onBase(scene), "a.txt": "A\n" });
    expect(await scene.build()).toMatchObject({ code: 0 });
    const before = scene.imageDigest();
    scene.write({ Dockerfile: `${onBase(scene)}${lines}`, "big.bin": randomBytes(90_000_000) });
    const { code, said } = await scene.build();
    expect([exits.failed, exits.environment], said).toContain(code);
    expect(said).toMatch(/no space/i);
    expect(said).toContain("tsbake prune");
    expect(said).not.toMatch(/\n\s+at .*\(.*:\d+:\d+\)/);
    expect(await scene.remains()).toEqual([]);
    expect(scene.unfinished()).toEqual([]);
    expect(readdirSync(join(scene.folder, "out"))).toEqual(["image.tar"]);
    expect(scene.imageDigest()).toBe(before);
    scene.write({ Dockerfile: onBase(scene) });
    rmSync(join(scene.folder, "context/big.bin"));
    expect(await scene.build()).toMatchObject({ code: 0 });
    expect(scene.imageDigest()).toBe(before);
  } finally {
    execFileSync("umount", ["-l", cache]);
  }
});

test.for(["RUN true", "COPY --from=base /zeros /zeros"])(
  "the cache's disk is filled by a small layer that unpacks to a large one: FROM base, %s",
  { timeout: 120_000 },
  async (line, context) => {
    using scene = openScene();
    const cache = mountSmall(scene, "cache");
    if (cache === undefined) return context.skip("no file system can be mounted here");
    try {
      writeLayout(join(scene.folder, "context/layout"), tarOf([{ name: "zeros", text: Buffer.alloc(200_000_000) }]));
      scene.write({
        Dockerfile: `FROM base\n${line}\n`,
        "docker-bake.json": JSON.stringify({ target: { default: { contexts: { base: "oci-layout://layout" } } } }),
      });
      const { code, said } = await scene.build();
      expect([exits.failed, exits.environment], said).toContain(code);
      expect(said).toContain("tsbake prune");
      expect(await scene.remains()).toEqual([]);
      expect(scene.unfinished()).toEqual([]);
      expect(readdirSync(join(scene.folder, "out"))).toEqual([]);
      // What was unpacked is gone: there is room for another build.
      rmSync(join(scene.folder, "context/docker-bake.json"));
      rmSync(join(scene.folder, "context/layout"), { recursive: true });
      scene.write({ Dockerfile: "FROM scratch\nCOPY a.bin /\n", "a.bin": randomBytes(20_000_000) });
      expect(await scene.build()).toMatchObject({ code: exits.done });
    } finally {
      execFileSync("umount", ["-l", cache]);
    }
  },
);

test("the output's disk is filled: the old output stays", { timeout: 120_000 }, async (context) => {
  using scene = openScene();
  const out = mountSmall(scene, "out");
  if (out === undefined) return context.skip("no file system can be mounted here");
  try {
    scene.write({ Dockerfile: "FROM scratch\nCOPY a.txt /\n", "a.txt": "A\n" });
    expect(await scene.build()).toMatchObject({ code: 0 });
    const before = scene.imageDigest();
    scene.write({ Dockerfile: "FROM scratch\nCOPY big.bin /\n", "big.bin": randomBytes(90_000_000) });
    for (const type of ["oci", "docker", "tar", "local"]) {
      const dest = join(out, type === "oci" ? "image.tar" : type);
      const { code, said } = await scene.build(["--output", `type=${type},dest=${dest}`]);
      expect([exits.failed, exits.environment], said).toContain(code);
      expect(said).toContain("no space is left to write");
      expect(readdirSync(out), said).toEqual(["image.tar"]);
      expect(scene.imageDigest()).toBe(before);
    }
    writeFileSync(join(out, "filler"), Buffer.alloc(1000));
    expect(statSync(join(out, "image.tar")).size).toBeGreaterThan(0);
    expect(await scene.remains()).toEqual([]);
    expect(scene.unfinished()).toEqual([]);
  } finally {
    execFileSync("umount", ["-l", out]);
  }
});
