/** Eight processes on one cache: each builds what it would build alone. */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { findBusybox, reasonToSkip } from "../run/workbench.ts";
import { addBase, onBase, openScene } from "./scene.ts";

const reason = reasonToSkip();

test.skipIf(reason !== undefined)(
  `eight processes that build at once on one cache make what each makes alone${reason ? ` (${reason})` : ""}`,
  { timeout: 120_000 },
  async () => {
    using scene = openScene();
    addBase(scene, findBusybox() ?? "");
    scene.write({
      Dockerfile:
        `${onBase(scene)}ARG OWN\nCOPY shared.bin /s\n` +
        "RUN --mount=type=cache,target=/c,sharing=locked mkdir /c/held && echo $OWN >/own && rmdir /c/held\n" +
        "RUN echo common >/common\nFROM base\nCOPY --from=0 /s /common /own /\nRUN test -s /common\n",
      "shared.bin": Buffer.alloc(3_000_000, "together "),
    });
    const archive = (name: string): string => join(scene.folder, "out", `${name}.tar`);
    const argsOf = (own: number, name: string): readonly string[] => [
      "--build-arg",
      `OWN=${own % 4}`,
      "--output",
      `type=oci,dest=${archive(name)}`,
    ];
    const numbers = [0, 1, 2, 3, 4, 5, 6, 7];
    const ended = await Promise.all(numbers.map((own) => scene.build(argsOf(own, `at-once-${own}`))));
    for (const { code, said } of ended) expect(code, said).toBe(0);
    const digests = numbers.map((own) => scene.imageDigest(archive(`at-once-${own}`)));
    expect(new Set(digests).size).toBe(4);

    using fresh = openScene();
    const alone = { env: { TSBAKE_CACHE_DIR: join(fresh.folder, "cache") } };
    for (const own of [0, 1, 2, 3]) {
      const { code, said } = await scene.build(argsOf(own, `alone-${own}`), alone);
      expect(code, said).toBe(0);
      const digest = scene.imageDigest(archive(`alone-${own}`));
      expect([digests[own], digests[own + 4]]).toEqual([digest, digest]);
    }
    expect(await scene.remains()).toEqual([]);
    expect(scene.unfinished()).toEqual([]);
  },
);

test.skipIf(reason !== undefined)(
  "builds that are killed, and a cache that is pruned all the time, do others on the same cache no harm",
  { timeout: 120_000 },
  async () => {
    using scene = openScene();
    addBase(scene, findBusybox() ?? "");
    const archive = (name: string): string => join(scene.folder, "out", `${name}.tar`);
    const outputTo = (name: string): readonly string[] => ["--output", `type=oci,dest=${archive(name)}`];
    scene.write({
      Dockerfile:
        `${onBase(scene)}ARG ROUND\nCOPY shared.bin /s\nRUN --mount=type=cache,target=/c echo $ROUND >>/c/x; cp /s /t; echo $ROUND >/r\n` +
        "FROM base\nCOPY --from=0 /t /r /\nRUN sha256sum /t >/sum\n",
      "shared.bin": Buffer.alloc(3_000_000, "pruned "),
    });
    const digests = new Set<string>();
    for (let round = 0; round < 2; round++) {
      const args = ["--build-arg", "ROUND=1", ...(round % 2 === 0 ? [] : ["--no-cache"])];
      const victims = [0, 1, 2].map((n) => scene.start([...args, ...outputTo(`victim-${n}`)]));
      const builds = [0, 1, 2].map((n) => scene.build([...args, ...outputTo(`build-${n}`)]));
      let over = false;
      const pruning = (async () => {
        while (!over) {
          const { code, said } = await scene.start([], { command: ["prune", "--all", "--force"] }).ended;
          expect(code, said).toBe(0);
        }
      })();
      for (const { child, ended } of victims) {
        await Promise.race([delay(Math.random() * 500), ended]);
        child.kill("SIGKILL");
      }
      for (const { code, said } of await Promise.all(builds)) expect(code, said).toBe(0);
      over = true;
      await pruning;
      await Promise.all(victims.map(({ ended }) => ended));
      for (const n of [0, 1, 2]) digests.add(scene.imageDigest(archive(`build-${n}`)));
      expect(await scene.remains()).toEqual([]);
    }
    expect(digests.size).toBe(1);
    const last = await scene.build(["--build-arg", "ROUND=1", ...outputTo("last")]);
    expect(last.code, last.said).toBe(0);
    expect([...digests]).toEqual([scene.imageDigest(archive("last"))]);
    expect(scene.unfinished()).toEqual([]);
  },
);
