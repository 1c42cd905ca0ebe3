import { afterAll, describe, expect, test } from "vitest";
import { buildProbe } from "./build-probe.ts";
import { findBusybox } from "./busybox.ts";
import { type ExpectedImage, type ParityCase, parityCases, usesRun } from "./case.ts";
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

describe.concurrent("the embedded engine makes what BuildKit makes", () => {
  for (const probe of parityCases()) {
    const why = obstacle(probe);
    test.skipIf(why !== undefined)(why === undefined ? probe.name : `${probe.name} (${why})`, async () => {
      const { finished, image } = await buildProbe(probe, { address: server.address, busybox });
      const said = finished.stdout + finished.stderr;
      if ("error" in probe.expected) {
        // The build failed, or the world did: a registry that is not there.
        expect([1, 3], said).toContain(finished.code);
        // Said by the program, about the build: not by whatever kept it from building.
        expect(said).toContain("ERROR default");
        return;
      }
      expect(finished.code, said).toBe(0);
      if ("index" in probe.expected) {
        const images = image !== undefined && "index" in image ? image.index : [];
        expect(images.map(comparable)).toEqual(probe.expected.index.map(comparable));
        return;
      }
      if (image === undefined || "index" in image) throw new Error("one image was expected");
      expect(comparable(image)).toEqual(comparable(probe.expected));
      for (const line of printed(probe.expected)) expect(said).toContain(line);
    });
  }
});

/** What RUN printed, without what docs/parity.md tells of: BuildKit's tracing, and what a sandbox is made of. */
function printed({ out = [] }: ExpectedImage): readonly string[] {
  const differs = /^(otel-grpc\.sock|Seccomp(_filters)?:\t\d|28)$/;
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
