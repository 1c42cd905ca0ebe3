import { randomBytes } from "node:crypto";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeWithEngine } from "../engine/context.ts";
import type { EngineFound } from "../engine/global-setup.ts";
import { openSecondEngine, type SecondEngine } from "../engine/second-engine.ts";
import { openSplice, type Splice } from "../engine/splice.ts";
import { createTempFolder, type TempFolder } from "../engine/temp-folder.ts";
import { type ByteMeter, openByteMeter } from "./byte-meter.ts";
import { tsbake } from "./program.ts";
import { dropAllImages, runImage, saveImage } from "./run-image.ts";

const baseBytes = 6_000_000;
const names = ["a", "b", "c"];
/** Of a daemon's archive, what is under way before it hears that nothing is wanted of it. */
const underWayBytes = 100_000;

const dockerfile = [
  "FROM scratch AS base",
  "COPY busybox /bin/busybox",
  "COPY base /base",
  "FROM base",
  "ARG NAME",
  "ARG NOTE=first",
  "WORKDIR /$NAME-$NOTE",
  'CMD ["/bin/busybox", "pwd"]',
  "",
].join("\n");

const bakeFile = `
variable "NOTE" { default = "first" }
group "default" { targets = ["app"] }
target "app" {
  name   = "app-\${n}"
  matrix = { n = ${JSON.stringify(names)} }
  args   = { NAME = n, NOTE = NOTE }
  tags   = ["tsbake-load-\${n}:1"]
  output = ["type=docker"]
}
`;

interface Place {
  readonly folder: TempFolder;
  readonly second: SecondEngine;
  /** Between the client and the engine that images are loaded into. */
  readonly toEngine: ByteMeter;
  /** Between the client and the builder. */
  readonly toBuilder: ByteMeter;
  readonly splice: Splice;
}

const stores = [
  { version: "newer", containerdStore: true },
  { version: "newer", containerdStore: false },
] as const;

describeWithEngine("images of other builders", (found) => {
  describe.each(stores)("loaded into an engine (containerd store: $containerdStore)", (store) => {
    let place: Place | undefined;
    let reason = "";

    beforeAll(async () => {
      const second = await openSecondEngine({ cacheFolder: found.cacheFolder, ...store });
      if (!second.available) {
        reason = second.reason;
        return;
      }
      place = await layOut(found, second);
    });

    afterAll(async () => {
      if (place === undefined) return;
      await place.toBuilder[Symbol.asyncDispose]();
      await place.splice.close();
      await place.toEngine[Symbol.asyncDispose]();
      await place.second.close();
      await place.folder[Symbol.asyncDispose]();
    });

    test.for(["remote", "embedded"])(
      "by the %s builder bring what the engine lacks and nothing else",
      async (builder, { skip }) => {
        if (place === undefined) return skip(reason);
        const here = place;
        const { second, toEngine, toBuilder } = here;
        await writeFile(join(here.folder.path, "base"), randomBytes(baseBytes));
        const load = async (note: string): Promise<{ readonly toEngine: number; readonly fromBuilder: number }> => {
          toEngine.take();
          toBuilder.take();
          const address = builder === "remote" ? `unix://${join(here.folder.path, "builder.sock")}` : "embedded";
          const built = await tsbake(["build", "--builder", address, "--allow=fs=*", "--progress=plain"], {
            cwd: here.folder.path,
            dockerHost: `unix://${join(here.folder.path, "engine.sock")}`,
            env: { NOTE: note, TSBAKE_CACHE_DIR: join(here.folder.path, "cache") },
          });
          expect(built, built.stderr).toMatchObject({ code: 0 });
          expect(built.stderr).not.toContain("Warning");
          expect(await runImage(second, "tsbake-load-a:1")).toBe(`/a-${note}\n`);
          return { toEngine: toEngine.take().sent, fromBuilder: toBuilder.take().received };
        };
        const remote = builder === "remote" ? 1 : 0;

        const first = await load("first");
        expect(first.toEngine).toBeGreaterThan(baseBytes);
        expect(first.toEngine).toBeLessThan(baseBytes * 1.5);
        expect(first.fromBuilder).toBeLessThan(remote * (baseBytes * 1.5 + names.length * underWayBytes) + 1);

        const again = await load("first");
        expect(again.toEngine).toBeLessThan(200_000);
        expect(again.fromBuilder).toBeLessThan(remote * names.length * underWayBytes + 1);

        const changed = await load("second");
        expect(changed.toEngine).toBeLessThan(400_000);
        expect((await saveImage(second, "tsbake-load-a:1")).length).toBeGreaterThan(baseBytes);

        await dropAllImages(second);
        const whole = await load("second");
        expect(whole.toEngine).toBeGreaterThan(baseBytes);
        expect(whole.toEngine).toBeLessThan(baseBytes * 1.5);
        await dropAllImages(second);
      },
    );
  });
});

async function layOut(found: EngineFound, second: SecondEngine): Promise<Place> {
  if (found.busyboxPath === undefined) throw new Error("the tests need busybox");
  const folder = await createTempFolder();
  const at = (name: string): string => join(folder.path, name);
  await copyFile(found.busyboxPath, at("busybox"));
  await writeFile(at("Dockerfile"), dockerfile);
  await writeFile(at("docker-bake.hcl"), bakeFile);
  await writeFile(at(".dockerignore"), "*.sock\ncache\n");
  const splice = await openSplice(found.dockerHost, { kind: "unix", path: at("splice.sock") });
  const toBuilder = await openByteMeter(at("builder.sock"), at("splice.sock"));
  const toEngine = await openByteMeter(at("engine.sock"), second.socket);
  return { folder, second, toEngine, toBuilder, splice };
}
