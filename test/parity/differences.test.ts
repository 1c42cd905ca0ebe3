/** Every row of docs/parity.md: what the embedded engine does otherwise than BuildKit, and knows it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type BuildProbeOptions, buildProbe } from "./build-probe.ts";
import { findBusybox } from "./busybox.ts";
import type { ContextFiles } from "./case.ts";
import type { WholeImage } from "./read-image.ts";

const context = { "a.txt": "A\n", "b.txt": "B\n", "d/x": "x\n" };
const passwd = "FROM scratch\nCOPY <<E /etc/passwd\nroot:x:0:0\napp:x:1000:1001\nE\n";

async function build(
  dockerfile: string,
  files: ContextFiles = context,
  options: Partial<BuildProbeOptions> = {},
): Promise<{ readonly image: WholeImage; readonly said: string }> {
  const { image, finished } = await tryBuild(dockerfile, files, options);
  const said = finished.stdout + finished.stderr;
  if (image === undefined || "index" in image) throw new Error(said);
  return { image, said };
}

function tryBuild(dockerfile: string, files: ContextFiles, options: Partial<BuildProbeOptions>) {
  const probe = { name: "", dockerfile, context: files, expected: { error: "" } };
  return buildProbe(probe, { address: "127.0.0.1:9", busybox: findBusybox(), ...options });
}

/** Uses one cache for several builds. */
async function withCache(use: (cache: string) => Promise<void>): Promise<void> {
  const cache = mkdtempSync(join(tmpdir(), "parity-cache-"));
  try {
    await use(cache);
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}

const differences: Readonly<Record<string, () => Promise<void>>> = {
  "`--chown` with a name that the image does not have": async () => {
    const { image, said } = await build(`${passwd}COPY --chown=nobody a.txt /n\n`);
    expect(said).toContain('no user is called "nobody" in /etc/passwd');
    expect(image.layers.at(-1)).toEqual(['- 0644 0:0 2 /n @C "A\\n"']);
  },
  "`--link` and a name after `--chown`": async () => {
    const { image } = await build(`${passwd}COPY --link --chown=app a.txt /n\n`);
    expect(image.layers.at(-1)).toEqual(['- 0644 1000:1001 2 /n @C "A\\n"']);
  },
  "`--chown=-1`": async () => {
    const { finished } = await tryBuild("FROM scratch\nCOPY --chown=-1 a.txt /n\n", context, {});
    expect(finished).toMatchObject({ code: 1, stderr: expect.stringContaining('"-1" names no owner') });
  },
  "several sources and a destination that is no folder": async () => {
    const { image, said } = await build("FROM scratch\nCOPY a.txt b.txt /n\n");
    expect(said).toContain("several sources are written to the file /n: the last one stays");
    expect(image.layers).toEqual([['- 0644 0:0 2 /n @C "B\\n"']]);
  },
  "a pattern without matches": async () => {
    const { image, said } = await build("FROM scratch\nCOPY *.md /n/\n");
    expect(said).toContain('matches "*.md"');
    expect(image.layers).toEqual([[]]);
  },
  "`COPY --parents .`, or `a/./` with `--exclude`": async () => {
    const { image } = await build("FROM scratch\nCOPY --parents . /n/\nCOPY --parents --exclude=e d/./ /m/\n");
    expect(image.layers[0]).toContain('- 0644 0:0 2 /n/a.txt @C "A\\n"');
    expect(image.layers[1]).toContain('- 0644 0:0 2 /m/x @C "x\\n"');
  },
  "names that begin with `.wh.`": async () => {
    const { said } = await build("FROM scratch\nCOPY . /n/\n", { ".wh.k": "k" });
    expect(said).toContain("a name that begins with .wh. means that a file is deleted");
  },
  "times of folders that are made on the way": async () => {
    const { image } = await build("FROM scratch\nCOPY a.txt /n/m/\nWORKDIR /w\n", context, {
      output: "type=oci,compression=uncompressed",
    });
    expect(image.layers).toEqual([
      ["d 0755 0:0 /n/ @E", "d 0755 0:0 /n/m/ @E", '- 0644 0:0 2 /n/m/a.txt @C "A\\n"'],
      ["d 0755 0:0 /w/ @E"],
    ]);
  },
  "times of folders after earlier builds": async () => {
    await withCache(async (cache) => {
      const dockerfile = "FROM scratch\nCOPY . /n/\n";
      const older = { "d/x": { c: "x\n", t: 5 }, "d/": { t: 6 } };
      const newer = { "d/x": { c: "x\n", t: 7 }, "d/": { t: 8 }, k: "k" };
      const cold = await build(dockerfile, newer);
      await build(dockerfile, older, { cache });
      const warm = await build(dockerfile, newer, { cache });
      expect(warm.image.layers).toEqual(cold.image.layers);
      expect(cold.image.layers[0]).toContain("d 0755 0:0 /n/d/ @8");
    });
  },
  "another `compression` than last time": async () => {
    await withCache(async (cache) => {
      const dockerfile = "FROM scratch\nCOPY . /n/\n";
      const kinds: string[] = [];
      for (const compression of ["gzip", "estargz", "gzip"]) {
        const { image } = await build(dockerfile, context, { cache, output: `type=oci,compression=${compression}` });
        kinds.push(...image.layer_digests);
      }
      const [gzip, estargz, again] = kinds;
      expect(again).toBe(gzip);
      expect(estargz).not.toBe(gzip);
    });
  },
  "the annotation `buildkit/rewritten-timestamp`": async () => {
    const { image } = await build("FROM scratch\nCOPY a.txt /n\n");
    expect(image.annotations).toBeUndefined();
  },
};

const runDifferences: Readonly<Record<string, () => Promise<void>>> = {
  "`OTEL_*` and `TRACEPARENT` in `RUN`": async () => {
    const root = { "bin/sh": { copy: "busybox", m: 0o755 }, "bin/env": { link: "sh" }, "bin/ls": { link: "sh" } };
    const env = { TRACEPARENT: "00-80e1afed08e019fc1110464cfa66635c-7a085853722dc6d2-01", OTEL_SERVICE_NAME: "x" };
    const { said } = await build("FROM scratch\nCOPY . /\nRUN env && ls /dev\n", root, { env });
    expect(said).toContain("PATH=/usr/local/sbin");
    expect(said).toContain("urandom");
    expect(said).toContain("otel-grpc.sock");
    expect(said).not.toMatch(/TRACEPARENT|OTEL_/);
  },
};

describe.concurrent("the embedded engine differs from BuildKit in", () => {
  for (const [name, check] of Object.entries(differences)) test(name, check);
  const canRun = findBusybox() !== undefined && process.platform === "linux" && process.getuid?.() === 0;
  for (const [name, check] of Object.entries(runDifferences)) {
    test.skipIf(!canRun)(canRun ? name : `${name} (RUN needs a static busybox, and root)`, check);
  }
});

test("docs/parity.md has a row for each of them, and no other", () => {
  const text = readFileSync(new URL("../../docs/parity.md", import.meta.url), "utf8");
  const [table = ""] = text.slice(text.indexOf("## Where it differs")).split(/\n## (?!Where it differs)/);
  const rows = [...table.matchAll(/^\| (?!---|where)(.+?) \|/gm)].map(([, name]) => name);
  expect(rows.sort()).toEqual([...Object.keys(differences), ...Object.keys(runDifferences)].sort());
});
