import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openStore } from "../../../src/engine/store/open-store.ts";
import { copyCases, type ParityCase, parityCases, usesRun } from "../../parity/case.ts";
import { makeContext } from "../../parity/make-context.ts";
import { interpret, listing } from "./interpreter.ts";

const work = mkdtempSync(join(tmpdir(), "copy-parity-"));
const store = await openStore(join(work, "store"));
afterAll(async () => {
  await store.close();
  rmSync(work, { recursive: true, force: true });
});

/** Probes of files alone: the rest needs the whole engine, and is told by the tests of `test/parity`. */
function isAboutFiles(probe: ParityCase): boolean {
  if (usesRun(probe) || !/\b(COPY|ADD|WORKDIR)\b/.test(probe.dockerfile)) return false;
  if (/ONBUILD|--from=\S*[./]|\.git\b/.test(probe.dockerfile)) return false;
  // A stage that nobody needs is not even looked at: that is for whoever chooses the stages.
  if (probe.name === "unused-stage-broken") return false;
  return !(".dockerignore" in probe.context) && probe.platform === undefined && probe.opts?.target === undefined;
}

describe("planCopy makes of Dockerfiles what BuildKit does", () => {
  test.each([...parityCases(), ...copyCases()].filter(isAboutFiles))("$name", async (probe) => {
    const folder = join(work, probe.name);
    makeContext(join(folder, "ctx"), probe.context, { busybox: undefined });
    for (const [name, files] of Object.entries(probe.named ?? {})) {
      makeContext(join(folder, name), files, { busybox: undefined });
    }
    const result = interpret(probe, { folder, store });
    if ("error" in probe.expected) return await expect(result).rejects.toThrow();
    if ("index" in probe.expected) throw new Error("one platform was expected");
    const { layers, digests } = await result;
    expect(await Promise.all(layers.map((entries) => listing(entries, store)))).toEqual(probe.expected.layers);
    expect(digests).toEqual(probe.expected.layer_digests);
  });
});
