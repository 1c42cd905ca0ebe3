/** The examples, built without a daemon and by a real BuildKit: the same images. */
import { cp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeWithEngine } from "../engine/context.ts";
import { createTempFolder } from "../engine/temp-folder.ts";
import { root, tsbake } from "./program.ts";
import { isList, isRecord, type Json, parseJson } from "./side-by-side/mask.ts";
import { entriesOf, readLayer } from "./side-by-side/read-image.ts";

/** A folder of the repository, and what is said after `tsbake build` there. */
const examples: readonly (readonly [string, ...(readonly string[])])[] = [
  [".", "-f", "bake.example.hcl", "release"],
  ["examples/compose"],
  ["examples/includes", "-f", "bake.hcl"],
  ["examples/json"],
  ["examples/makefile"],
  ["examples/matrix"],
  ["examples/monorepo"],
  ["examples/release"],
  ["examples/toml"],
];

const epoch = "1700000000";

describeWithEngine("the images of", { timeout: 240_000 }, ({ dockerHost }) => {
  test.each(examples)("%s are the same on the embedded engine and on BuildKit", async (folder, ...words) => {
    await using at = await createTempFolder();
    for (const name of ["examples", "bake.example.hcl"]) {
      await cp(join(root, name), join(at.path, name), { recursive: true });
    }
    const images = async (side: "embedded" | "buildkit"): Promise<ReadonlyMap<string, Json>> => {
      const cwd = join(at.path, folder);
      const env = {
        SOURCE_DATE_EPOCH: epoch,
        TSBAKE_CACHE_DIR: join(at.path, "cache"),
        BUILDX_NO_DEFAULT_ATTESTATIONS: "1",
      };
      const call = { cwd, env: { ...env, HOME: at.path }, ...(side === "buildkit" ? { dockerHost } : {}) };
      const printed = await tsbake(["build", "--print", ...words], call);
      const { target } = asRecord(parseJson(Buffer.from(printed.stdout)));
      const outputs = Object.keys(asRecord(target)).flatMap((name) => [
        "--set",
        `${name}.output=type=oci,dest=${join(at.path, side, name)}.tar,rewrite-timestamp=true`,
      ]);
      const builder = side === "embedded" ? ["--builder", "embedded"] : [];
      const built = await tsbake(["build", ...builder, "--allow=fs=*", "--set=*.attest=", ...words, ...outputs], call);
      expect(built.code, built.stderr).toBe(0);
      expect(built.stderr.includes("on the embedded engine"), built.stderr).toBe(side === "embedded");
      const files = (await readdir(join(at.path, side))).sort();
      const read = files.map(async (file) => [file, await readArchive(join(at.path, side, file))] as const);
      return new Map(await Promise.all(read));
    };
    const embedded = await images("embedded");
    expect(embedded.size).toBeGreaterThan(0);
    expect(embedded).toEqual(await images("buildkit"));
  });
});

/** For each platform: the configuration, and the files of each layer. How layers are compressed is left out. */
async function readArchive(path: string): Promise<Json> {
  const files = new Map<string, Buffer>();
  for await (const { header, content } of entriesOf(await readFile(path))) files.set(header.name, content);
  const blob = (digest: unknown): Buffer => files.get(`blobs/${String(digest).replace(":", "/")}`) ?? Buffer.alloc(0);
  const images = async (document: Json): Promise<readonly Json[]> => {
    const { manifests, config, layers } = asRecord(document);
    if (isList(manifests ?? null)) {
      const all = asList(manifests).map((each) => images(parseJson(blob(asRecord(each).digest))));
      return (await Promise.all(all)).flat();
    }
    return [
      {
        config: parseJson(blob(asRecord(config).digest)),
        layers: await Promise.all(asList(layers).map((each) => readLayer(blob(asRecord(each).digest)))),
      },
    ];
  };
  return images(parseJson(files.get("index.json") ?? Buffer.alloc(0)));
}

function asRecord(value: Json | undefined): { readonly [name: string]: Json } {
  if (value !== undefined && isRecord(value)) return value;
  throw new Error(`no record: ${JSON.stringify(value)}`);
}

function asList(value: Json | undefined): readonly Json[] {
  return value !== undefined && isList(value) ? value : [];
}
