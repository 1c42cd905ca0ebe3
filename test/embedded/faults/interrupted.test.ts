/** Builds that are called off: everything of them ends, nothing is published, and they say that it was no failure. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { findBusybox, reasonToSkip } from "../run/workbench.ts";
import { addBase, onBase, openScene, type Running } from "./scene.ts";

const reason = reasonToSkip();
const interrupted = 130;

/** Resolves when the text was said, or nothing will be any more. */
async function hear({ child, ended }: Running, text: string): Promise<void> {
  let said = "";
  const heard = new Promise<void>((resolve) => {
    child.stderr?.on("data", (data: string) => {
      said += data;
      if (said.includes(text)) resolve();
    });
  });
  await Promise.race([heard, ended]);
}

const commands = [
  { that: "listens", command: "sleep 300" },
  { that: "does not listen", command: "trap '' TERM INT; echo deaf; while :; do sleep 1; done" },
  {
    that: "has children that went away from it",
    command: "(setsid sleep 300 &) ; (setsid sh -c \"trap '' TERM; sleep 300\" &) ; sleep 300",
  },
];

test.skipIf(reason !== undefined).concurrent.each(commands)(
  "a command that $that ends with its build",
  { timeout: 60_000 },
  async ({ command }) => {
    using scene = openScene();
    addBase(scene, findBusybox() ?? "");
    scene.write({ Dockerfile: `${onBase(scene)}RUN echo started; ${command}\n` });
    writeFileSync(join(scene.folder, "out/image.tar"), "of before");
    const running = scene.start(["--output", `type=oci,dest=${join(scene.folder, "out/image.tar")}`]);
    await hear(running, " started\n");
    await delay(100);
    running.child.kill("SIGINT");
    const { code, said } = await running.ended;
    expect(code, said).toBe(interrupted);
    expect(said).not.toMatch(/bug in tsbake|failed after/);
    expect(await scene.remains()).toEqual([]);
    expect(scene.unfinished()).toEqual([]);
    expect(readdirSync(join(scene.folder, "out"))).toEqual(["image.tar"]);
  },
);

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "%s at any moment of a large copy leaves the old output",
  { timeout: 60_000 },
  async (signal) => {
    using scene = openScene();
    scene.write({ Dockerfile: "FROM scratch\nCOPY . /\n" });
    const types = ["oci", "tar", "local"];
    const destinations = types.map((type) => `type=${type},dest=${join(scene.folder, "out", type)}`);
    for (let round = 0; round < 5; round++) {
      scene.write({ "big.bin": Buffer.alloc(60_000_000, `${signal} ${round} `) });
      const running = scene.start(destinations.flatMap((each) => ["--output", each]));
      await Promise.race([delay(120 + 130 * round), running.ended]);
      running.child.kill(signal);
      const { code, said } = await running.ended;
      expect(said).not.toContain("bug in tsbake");
      expect([0, 128, 129, interrupted, 143], said).toContain(code);
      expect(await scene.remains()).toEqual([]);
      expect(readdirSync(join(scene.folder, "out")).filter((name) => !types.includes(name))).toEqual([]);
    }
    const last = await scene.build(["--output", `type=local,dest=${join(scene.folder, "out/local")}`]);
    expect(last.code, last.said).toBe(0);
    expect(scene.unfinished()).toEqual([]);
    expect(readdirSync(join(scene.folder, "out")).filter((name) => !types.includes(name))).toEqual([]);
  },
);
