/** kill -9 at any moment: nothing is left, and the next build is right. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { findBusybox, reasonToSkip } from "../run/workbench.ts";
import { addBase, onBase, openScene } from "./scene.ts";

const kills = Number(process.env.TSBAKE_TEST_KILLS || 20);
const reason = reasonToSkip();

test.skipIf(reason !== undefined)(
  `builds killed ${kills} times leave nothing behind, and the next one makes the same image${reason ? ` (${reason})` : ""}`,
  { timeout: 60_000 + kills * 6_000 },
  async () => {
    using scene = openScene();
    addBase(scene, findBusybox() ?? "");
    scene.write({ "a.txt": "A\n", "big.bin": Buffer.alloc(6_000_000, "tsbake ") });
    const dockerfile = (round: number): string =>
      `${onBase(scene)}COPY a.txt big.bin /data/\nENV ROUND=${round}\nRUN (sleep 300 &) ; cp -r /data /copy && rm /data/a.txt && echo ${round} >/round\n` +
      `RUN --mount=type=cache,target=/c echo x >>/c/x; touch /t; ls /copy >/list\nFROM base\nCOPY --from=0 /bin /b2\nCOPY big.bin /big\n`;
    scene.write({ Dockerfile: dockerfile(0) });
    const at = (name: string): string => join(scene.folder, "out", name);
    // One of each kind: an archive, a layout, a folder, an image that is kept, a cache.
    const outputs = [
      `type=oci,dest=${at("image.tar")}`,
      `type=oci,tar=false,dest=${at("layout")},name=app:1`,
      `type=local,dest=${at("tree")}`,
      "type=image,name=app:1",
    ];
    const args = [
      ...outputs.flatMap((output) => ["--output", output]),
      ...["--cache-to", `type=local,dest=${at("cache")},mode=max`],
    ];
    const published = ["cache", "image.tar", "layout", "tree"];

    const first = await scene.build(args);
    expect(first, first.said).toMatchObject({ code: 0 });

    let killed = 0;
    let wholeMs = 1000;
    for (let round = 1; round <= kills; round++) {
      scene.write({ Dockerfile: dockerfile(round), "a.txt": `${round}\n` });
      const running = scene.start(args);
      // From the start to the end as it was measured last: every round another moment.
      const started = performance.now();
      const untilKilled = (wholeMs * ((round * 7) % kills)) / kills + Math.random() * 30;
      await Promise.race([delay(untilKilled), running.ended]);
      running.child.kill("SIGKILL");
      if ((await running.ended).code === 137) killed++;
      else wholeMs = performance.now() - started;
      expect(await scene.remains(), `after round ${round}`).toEqual([]);
    }
    expect(killed).toBeGreaterThan(kills / 2);

    const last = await scene.build(args);
    expect(last, last.said).toMatchObject({ code: 0 });
    const digest = scene.imageDigest();
    const tree = contentOf(at("tree"));
    expect(await scene.remains()).toEqual([]);
    expect(scene.unfinished()).toEqual([]);
    expect(readdirSync(join(scene.folder, "out"))).toEqual(published);
    // The names of all that is there: what is staged or locked has others.
    expect(namesIn(scene.folder).filter((name) => /staged|\.draft|tsbake-|\.lock$/.test(name))).toEqual([]);

    using clean = openScene();
    const cleanCache = { env: { TSBAKE_CACHE_DIR: join(clean.folder, "cache") } };
    const archive = ["--output", `type=oci,dest=${at("image.tar")}`];
    const copy = await scene.build([...archive, "--output", `type=local,dest=${at("copy")}`], cleanCache);
    expect(copy, copy.said).toMatchObject({ code: 0 });
    expect(scene.imageDigest()).toBe(digest);
    expect(tree).toEqual(contentOf(at("copy")));
    // The cache is whole: nothing is done again from it.
    rmSync(join(clean.folder, "cache"), { recursive: true });
    const cached = await scene.build([...archive, "--cache-from", `type=local,src=${at("cache")}`], cleanCache);
    expect(cached, cached.said).toMatchObject({ code: 0 });
    expect(cached.said).toMatch(/CACHED|cached/);
    expect(scene.imageDigest()).toBe(digest);
  },
);

function namesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true }).map(String).sort();
}

/** Names, kinds and bytes. */
function contentOf(folder: string): Readonly<Record<string, string>> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const file = join(entry.parentPath, entry.name);
        return [file.slice(folder.length), createHash("sha256").update(readFileSync(file)).digest("hex")];
      }),
  );
}
