import { afterAll, describe, expect, test } from "vitest";
import type { Finished } from "../engine/run-process.ts";
import { type BuiltImage, type BuiltProbes, buildProbe, buildProbes } from "./build-probe.ts";
import { findBusybox } from "./busybox.ts";
import { copyCases, type ExpectedImage, moreCases, type ParityCase, parityCases, usesRun } from "./case.ts";
import { recordedAddress, serveFixtures } from "./fixture-server.ts";
import type { Image } from "./read-image.ts";

const server = await serveFixtures();
afterAll(() => server.close());

const busybox = findBusybox();

/** Why a probe cannot be built here. */
function obstacle(probe: ParityCase): string | undefined {
  const needsBusybox = Object.values(probe.context).some((file) => typeof file !== "string" && file.copy === "busybox");
  if (needsBusybox && busybox === undefined) return "there is no static busybox";
  if (usesRun(probe) && process.platform !== "linux") return "RUN needs Linux";
  if (usesRun(probe) && process.getuid?.() !== 0) return "RUN is held against BuildKit's as root";
  return undefined;
}

const options = { address: server.address, busybox };
const probes = [...parityCases(), ...copyCases(), ...moreCases()].map((probe) => ({ probe, why: obstacle(probe) }));
/** What only copies is built many at a time: a process for each would take longer than all of the rest. */
const together = probes.filter(({ probe }) => !usesRun(probe) && !("error" in probe.expected));

describe.concurrent("the embedded engine makes what BuildKit makes", () => {
  const batches = new Map<number, Promise<BuiltProbes>>();
  const count = 20;

  for (const [index, { probe, why }] of together.entries()) {
    // Neighbours are often alike but for their times, which layers cut to seconds: they are not built together.
    const number = index % count;
    test.skipIf(why !== undefined)(titleOf(probe, why), async () => {
      const members = together.filter((each, at) => at % count === number && each.why === undefined);
      const batch =
        batches.get(number) ??
        buildProbes(
          members.map((each) => each.probe),
          options,
        );
      batches.set(number, batch);
      const { finished, images } = await batch;
      expectImage(probe, finished, images[members.findIndex((each) => each.probe === probe)]);
    });
  }
});

describe.concurrent("the embedded engine runs what BuildKit runs, and fails where it fails", () => {
  for (const { probe, why } of probes.filter((each) => !together.includes(each))) {
    test.skipIf(why !== undefined)(titleOf(probe, why), async () => {
      const { finished, image } = await buildProbe(probe, options);
      const said = finished.stdout + finished.stderr;
      if (!("error" in probe.expected)) {
        expect(finished.code, said).toBe(0);
        return expectImage(probe, finished, image);
      }
      // The build failed, or the world did: a registry that is not there.
      expect([1, 3], said).toContain(finished.code);
      // Said by the program, about the build: not by whatever kept it from building.
      expect(said).toContain("ERROR p0");
    });
  }
});

function titleOf({ name }: ParityCase, why: string | undefined): string {
  return why === undefined ? name : `${name} (${why})`;
}

function expectImage({ expected }: ParityCase, finished: Finished, image: BuiltImage | undefined): void {
  const said = finished.stdout + finished.stderr;
  if (image === undefined) throw new Error(`nothing was built:\n${said}`);
  if ("error" in expected) throw new Error("a failure was expected");
  if ("index" in expected) {
    expect("index" in image ? image.index.map(comparable) : image).toEqual(expected.index.map(comparable));
    return;
  }
  if ("index" in image) throw new Error("one image was expected");
  expect(comparable(image)).toEqual(comparable(expected));
  for (const line of printed(expected)) expect(said).toContain(line);
}

/** What RUN printed, without what docs/parity.md tells of: what a sandbox is made of. */
function printed({ out = [] }: ExpectedImage): readonly string[] {
  const differs = /^(Seccomp(_filters)?:\t\d|28)$/;
  return out.map((line) => line.trim()).filter((line) => !differs.test(line));
}

/** Without what depends on this machine: its busybox, and the port of its server. */
function comparable({ config, history, ndiff, layers, layer_digests }: Image | ExpectedImage): Image {
  const isLocal = layers.map((lines) => lines.some((line) => /busybox @/.test(line)));
  return {
    config,
    history: history.map(([text, empty]) => [text.replaceAll(server.address, recordedAddress), empty]),
    ndiff,
    layers: layers.map((lines) =>
      lines.map((line) => line.replace(/^(- \d+ \d+:\d+) \d+ (\/\S*busybox) /, "$1 * $2 ")),
    ),
    layer_digests: layer_digests.map((digest, index) => (isLocal[index] ? "of this machine" : digest)),
  };
}
