/** kill -9 at any moment: nothing is left, and the next build is right. */
import { readdirSync } from "node:fs";
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

    const first = await scene.build();
    expect(first, first.said).toMatchObject({ code: 0 });

    let killed = 0;
    let wholeMs = 1000;
    for (let round = 1; round <= kills; round++) {
      scene.write({ Dockerfile: dockerfile(round), "a.txt": `${round}\n` });
      const running = scene.start(["--output", `type=oci,dest=${join(scene.folder, "out/image.tar")}`]);
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

    const last = await scene.build();
    expect(last, last.said).toMatchObject({ code: 0 });
    const digest = scene.imageDigest();
    expect(await scene.remains()).toEqual([]);
    expect(scene.unfinished()).toEqual([]);
    expect(readdirSync(join(scene.folder, "out"))).toEqual(["image.tar"]);

    using clean = openScene();
    const copy = await scene.build([], { env: { TSBAKE_CACHE_DIR: join(clean.folder, "cache") } });
    expect(copy, copy.said).toMatchObject({ code: 0 });
    expect(scene.imageDigest()).toBe(digest);
  },
);
