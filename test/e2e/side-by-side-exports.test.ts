/** Each exporter and each of its parameters through `docker buildx bake` and through `tsbake build`, on one engine. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWithEngine } from "../engine/context.ts";
import { inspectImage, removeImage, removeImagesOf } from "./run-image.ts";
import { programsIn, runBoth, type Side, type Sides } from "./side-by-side/both.ts";
import { isRecord, type Json, mask, withoutMore } from "./side-by-side/mask.ts";
import { readOutput } from "./side-by-side/read-output.ts";
import { buildFile, type Row } from "./side-by-side/row.ts";
import { createSetting, type Setting } from "./side-by-side/setting.ts";

const small = ["COPY seed.txt /", "LABEL a=b"];
/** A layer that no other row has, in no form: the first to ask for one decides how it is compressed. */
const numbers = (row: string): readonly string[] => [
  `RUN i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo $i $((i*i)) ${row}; done > /numbers`,
  "FROM scratch",
  "COPY --from=result /numbers /",
];

/** A row for one output; `dest` is `out/NAME` with the ending. */
function to(name: string, type: string, parameters = "", more: Partial<Row> = {}): Row {
  const ending = type === "local" || parameters.includes("tar=false") ? "" : ".tar";
  const dest = type === "image" || type === "cacheonly" || type === "registry" ? "" : `,dest=out/${name}${ending}`;
  return {
    name,
    lines: small,
    ...more,
    target: [`output = ["type=${type}${dest}${parameters && `,${parameters}`}"]`, ...(more.target ?? [])],
  };
}
const two = { target: ['platforms = ["linux/amd64", "linux/arm64"]'] };
const image = (row: string): string => `tsbake-side-by-side/${row}:1`;
const named = (row: string) => `name=${image(row)}`;

const rows: readonly Row[] = [
  to("oci", "oci", "name=example.test/side/oci:1"),
  to("oci-folder", "oci", "tar=false,name=example.test/side/folder:1"),
  to("oci-docker-types", "oci", "oci-mediatypes=false"),
  to("oci-annotated", "oci", "annotation.org.example.a=1,annotation-manifest-descriptor.org.example.b=2"),
  to("oci-platforms", "oci", "annotation-index.org.example.i=3,annotation-manifest[linux/arm64].org.example.m=4", two),
  { name: "oci-tags", lines: small, target: ['tags = ["example.test/side/tags:1", "example.test/side/tags:2"]'] },
  to("docker", "docker", "name=example.test/side/docker:1"),
  to("docker-oci-types", "docker", "oci-mediatypes=true"),
  ...["gzip", "zstd", "uncompressed"].flatMap((compression) => [
    to(`compression-${compression}`, "oci", `compression=${compression}`, { lines: numbers(compression), fresh: true }),
    to(`compression-${compression}-forced`, "oci", `compression=${compression},force-compression=true`, {
      lines: numbers(`${compression} forced`),
    }),
  ]),
  to("compression-gzip-level-1", "oci", "compression=gzip,compression-level=1", {
    lines: numbers("gzip 1"),
    fresh: true,
  }),
  to("compression-gzip-level-9", "oci", "compression=gzip,compression-level=9", {
    lines: numbers("gzip 9"),
    fresh: true,
  }),
  to("compression-zstd-level-1", "oci", "compression=zstd,compression-level=1", {
    lines: numbers("zstd 1"),
    fresh: true,
  }),
  to("compression-zstd-level-22", "oci", "compression=zstd,compression-level=22", {
    lines: numbers("zstd 22"),
    fresh: true,
  }),
  to("rewrite-timestamp", "oci", "rewrite-timestamp=true", { target: ['args = { SOURCE_DATE_EPOCH = "1000000000" }'] }),
  to("local", "local"),
  to("local-platforms", "local", "", two),
  to("local-joined", "local", "platform-split=false"),
  to("local-attested", "local", "", { target: ['attest = ["type=provenance,mode=min"]'] }),
  to("local-attested-platforms", "local", "", { target: [...two.target, 'attest = ["type=provenance,mode=max"]'] }),
  to("local-prefix", "local", "attestation-prefix=mine.", { target: ['attest = ["type=provenance,mode=min"]'] }),
  to("tar", "tar"),
  to("tar-platforms", "tar", "", two),
  to("tar-platform-split", "tar", "platform-split=true"),
  to("cacheonly", "cacheonly"),
  to("image", "image", named("image")),
  to("image-canonical", "image", `${named("image-canonical")},name-canonical=true`),
  to("image-dangling", "image", "dangling-name-prefix=tsbake-side-by-side/dangling"),
  to("image-unpack", "image", `${named("image-unpack")},unpack=true`),
  to("image-stored", "image", `${named("image-stored")},store=true`),
  to("image-oci-types", "image", `${named("image-oci-types")},oci-mediatypes=true`),
  to("image-docker-types", "image", `${named("image-docker-types")},oci-mediatypes=false`),
  to("image-zstd", "image", `${named("image-zstd")},compression=zstd,force-compression=true,oci-mediatypes=true`),
  to("image-annotated", "image", `${named("image-annotated")},annotation.org.example.a=1`),
  to("image-platforms", "image", named("image-platforms"), two),
  to("image-unnamed", "image"),
  { name: "docker-loaded", lines: small, target: [`tags = ["${image("docker-loaded")}"]`, 'output = ["type=docker"]'] },
  { name: "output-of-default", lines: small, target: [`tags = ["${image("output-of-default")}"]`, "output = []"] },
  {
    name: "two-outputs",
    lines: small,
    target: ['output = ["type=oci,dest=out/two-oci.tar", "type=local,dest=out/two-files"]'],
  },
  {
    name: "output-as-object",
    lines: small,
    target: ['output = [{ type = "tar", dest = "out/output-as-object.tar" }]'],
  },
  { name: "output-as-path", lines: small, target: ['output = ["out/output-as-path"]'] },
];
const images = rows
  .filter(({ target = [] }) => target.some((line) => /type=(image|docker")|output = \[\]/.test(line)))
  .map(({ name }) => name);

/** Nothing to look at: a cache, an image without a name. */
const unseen = new Set(["cacheonly", "image-unnamed", "image-dangling", "two-outputs"]);

describeWithEngine("exporters, side by side with buildx", { timeout: 180_000 }, (engine) => {
  let setting: Setting;
  let sides: Sides;

  beforeAll(async () => {
    setting = await createSetting(engine);
    const look = async () => {
      const found = await Promise.all(
        images.map(async (row) => {
          const seen = await inspectImage(engine, image(row)).catch(() => null);
          await removeImage(engine, image(row));
          return [row, seen];
        }),
      );
      return Object.fromEntries(found);
    };
    sides = await runBoth({ engine, folder: setting.folder, rows, look });
  }, 180_000);
  afterAll(async () => {
    await removeImagesOf(engine, "tsbake-side-by-side/");
    await setting[Symbol.asyncDispose]();
  });

  test.each(rows)("$name: the same output", ({ name, fresh, target = [] }) => {
    const { buildx, tsbake } = sides;
    const theirs = buildx.outputs[name] ?? buildx.seen[name];
    if (!unseen.has(name)) expect(theirs ?? null).not.toBeNull();
    expect(mask(tsbake.outputs[name] ?? tsbake.seen[name])).toEqual(mask(theirs));
    // Attestations tell one run from another; what is built afresh has other times.
    if (!fresh && !/attest|platforms/.test(target.join())) expect(exactly(tsbake, name)).toEqual(exactly(buildx, name));
  });

  test.each(rows)("$name: the same metadata", ({ name }) => {
    expect(sides.buildx.metadata[name]).toBeDefined();
    expect(mask(withoutMore(sides.tsbake.metadata[name], sides.buildx.metadata[name]))).toEqual(
      mask(sides.buildx.metadata[name]),
    );
  });

  test.skip("compression-estargz: the BuildKit of this engine ends itself when asked for it (docs/buildkit-differences.md)", () => {});

  test("the same archive on standard output", async () => {
    const { folder } = setting;
    await writeFile(
      join(folder, "docker-bake.hcl"),
      buildFile([
        { name: "stdout", lines: small, target: ['output = ["type=oci,dest=-,name=example.test/side/stdout:1"]'] },
      ]),
    );
    const programs = programsIn({ engine, folder }, "out/stdout.tar");
    const written: Json[] = [];
    for (const run of [programs.buildx, programs.tsbake]) {
      expect(await run("stdout")).toMatchObject({ code: 0 });
      written.push(await readOutput(join(folder, "out/stdout.tar")));
    }
    expect(written[0]).toHaveProperty(["index.json", "manifests", 0, "content"]);
    expect(mask(written[1])).toEqual(mask(written[0]));
    expect(digestsIn(written[1])).toEqual(digestsIn(written[0]));
  });

  test.each(["gzip", "zstd"])("levels of %s do what they do there", (compression) => {
    const [low, high] = compression === "gzip" ? [1, 9] : [1, 22];
    const sizes = [low, high].map((level) =>
      [sides.buildx, sides.tsbake].map(({ outputs }) =>
        sizeOfLayer(outputs[`compression-${compression}-level-${level}`]),
      ),
    );
    for (const [theirs = 0, ours = 0] of sizes) expect(Math.abs(ours - theirs)).toBeLessThan(theirs / 100);
    expect(sizes[1]?.[1]).toBeLessThan(0.99 * (sizes[0]?.[1] ?? 0));
  });
});

/** The digests that both programs should arrive at; those of an image in the engine depend on its attestation. */
function exactly({ outputs, seen }: Side, name: string): readonly string[] {
  const image = seen[name];
  return digestsIn(outputs[name] ?? (isRecord(image) ? image.RootFS : undefined));
}

function digestsIn(output: Json | undefined): readonly string[] {
  return JSON.stringify(output ?? null).match(/sha256:[0-9a-f]{64}/g) ?? [];
}

/** Bytes of the only layer of the only image. */
function sizeOfLayer(output: Json | undefined): number {
  const sizes = [...JSON.stringify(output).matchAll(/"mediaType":"[^"]*layer[^"]*","digest":"[^"]*","size":(\d+)/g)];
  expect(sizes).toHaveLength(1);
  return Number(sizes[0]?.[1]);
}
