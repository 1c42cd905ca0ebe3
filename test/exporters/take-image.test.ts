import { Buffer } from "node:buffer";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { TsbakeError } from "../../src/base/errors.ts";
import type { OfferedImage } from "../../src/execute/ports.ts";
import type { EngineLoad } from "../../src/exporters/engine-load/engine.ts";
import { readImageParts } from "../../src/exporters/engine-load/image-parts.ts";
import { takeImage } from "../../src/exporters/engine-load/take-image.ts";
import { LoadTurns } from "../../src/exporters/engine-load/turns.ts";
import { chainIds } from "../../src/oci/chain-id.ts";
import { type Descriptor, mediaTypes } from "../../src/oci/descriptor.ts";
import { sha256Digest } from "../../src/oci/digest.ts";
import { readMembers } from "./embedded/collect.ts";

const never = new AbortController().signal;

interface Made extends OfferedImage {
  readonly blobs: Map<string, Buffer>;
  readonly digest: string;
  readonly reads: string[];
}

/** An image of layers with the given texts, as an index when `wrapped`. */
function imageOf(texts: readonly string[], { wrapped = false } = {}): Made {
  const blobs = new Map<string, Buffer>();
  const add = (mediaType: string, content: string): Descriptor => {
    const bytes = Buffer.from(content);
    const digest = sha256Digest(bytes);
    blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const layers = texts.map((each) => add(mediaTypes.ociLayerGzip, each));
  const diffIds = texts.map((each) => sha256Digest(`diff of ${each}`));
  const config = add(mediaTypes.ociConfig, JSON.stringify({ rootfs: { type: "layers", diff_ids: diffIds } }));
  const manifest = add(mediaTypes.ociManifest, JSON.stringify({ schemaVersion: 2, config, layers }));
  const attest = (): Descriptor => {
    const statement = add("application/vnd.in-toto+json", '{"statement":1}');
    const attestation = { schemaVersion: 2, config: add(mediaTypes.ociConfig, "{}"), layers: [statement] };
    const manifests = [manifest, add(mediaTypes.ociManifest, JSON.stringify(attestation))];
    return add(mediaTypes.ociIndex, JSON.stringify({ schemaVersion: 2, manifests }));
  };
  const top = wrapped ? attest() : manifest;
  const reads: string[] = [];
  return {
    blobs,
    digest: top.digest,
    reads,
    metadata: new Map([
      ["containerimage.descriptor", Buffer.from(JSON.stringify(top)).toString("base64")],
      ["containerimage.digest", top.digest],
    ]),
    async *read(digest) {
      reads.push(digest);
      const bytes = blobs.get(digest);
      if (bytes === undefined) throw new Error(`${digest} is not here`);
      yield bytes;
    },
  };
}

interface FakeEngine {
  readonly port: EngineLoad;
  readonly content: Set<string>;
  readonly names: Map<string, string>;
  /** The blobs in each archive it was sent. */
  readonly archives: string[][];
}

/** Takes what it is given, whole or not, as a real one does. */
function engineWith(image: Made, content: Iterable<string>, meanwhile?: (engine: FakeEngine) => void): FakeEngine {
  const engine: FakeEngine = {
    content: new Set(content),
    names: new Map(),
    archives: [],
    port: {
      takesOci: async () => true,
      load: async (archive: Readable) => {
        const members = await readMembers(await buffer(archive));
        meanwhile?.(engine);
        const blobs = members.flatMap(({ name }) =>
          name.startsWith("blobs/") ? [name.slice(6).replace("/", ":")] : [],
        );
        engine.archives.push(blobs);
        for (const digest of blobs) engine.content.add(digest);
      },
      has: async () => [...image.blobs.keys()].every((digest) => engine.content.has(digest)),
      tag: async (digest, name) => void engine.names.set(name, digest),
      lacking: async (layers) =>
        new Set(layers.map(({ descriptor }) => descriptor.digest).filter((digest) => !engine.content.has(digest))),
    },
  };
  return engine;
}

const take = (image: Made, engine: FakeEngine, turns = new LoadTurns(), signal = never): Promise<boolean> =>
  takeImage(image, { engine: engine.port, turns, names: ["app:1", "app:2"], signal });

const layer = (text: string): string => sha256Digest(text);

describe("an image that can be read where it lies", () => {
  test.each([false, true])("is sent without the layers that the engine has (in an index: %s)", async (wrapped) => {
    const image = imageOf(["base", "app"], { wrapped });
    const engine = engineWith(image, [layer("base")]);
    expect(await take(image, engine)).toBe(true);
    expect(engine.archives).toHaveLength(1);
    expect(engine.archives[0]).not.toContain(layer("base"));
    expect(new Set(engine.archives[0])).toEqual(
      new Set([...image.blobs.keys()].filter((each) => each !== layer("base"))),
    );
    expect([...engine.names]).toEqual([
      ["app:1", image.digest],
      ["app:2", image.digest],
    ]);
  });

  test("is only named when the engine has all of it", async () => {
    const image = imageOf(["base"]);
    const engine = engineWith(image, image.blobs.keys());
    expect(await take(image, engine)).toBe(true);
    expect([engine.archives, image.reads, engine.names.size]).toEqual([[], [], 2]);
  });

  test("is sent whole when a layer went while the rest of it came", async () => {
    const image = imageOf(["base", "app"]);
    const engine = engineWith(image, [layer("base")], ({ archives, content }) => {
      if (archives.length === 0) content.delete(layer("base"));
    });
    expect(await take(image, engine)).toBe(true);
    expect(engine.archives.map((blobs) => blobs.includes(layer("base")))).toEqual([false, true]);
    expect(engine.names.get("app:1")).toBe(image.digest);
  });

  test("is sent whole when the engine refuses the rest of it", async () => {
    const image = imageOf(["base", "app"]);
    const engine = engineWith(image, [layer("base")], ({ archives }) => {
      if (archives.push([]) === 1) throw new TsbakeError("drivers/engine-refused", "no such file");
    });
    expect(await take(image, engine)).toBe(true);
    expect(engine.archives.at(-1)).toContain(layer("base"));
  });

  test("fails without a name when the engine does not have it even then", async () => {
    const image = imageOf(["base"]);
    const engine = engineWith(image, []);
    const port = { ...engine.port, has: async () => false };
    const taking = takeImage(image, { engine: port, turns: new LoadTurns(), names: ["app"], signal: never });
    await expect(taking).rejects.toMatchObject({ code: "exporters/engine-incomplete", retryable: true });
    expect(engine.names.size).toBe(0);
  });

  test("is not taken by an engine that cannot tell, nor when it cannot be read", async () => {
    const image = imageOf(["base"]);
    const engine = engineWith(image, []);
    const port = { ...engine.port, lacking: async () => undefined };
    expect(await takeImage(image, { engine: port, turns: new LoadTurns(), names: [], signal: never })).toBe(false);
    const unreadable = { ...image, read: () => imageOf([]).read("sha256:none", never) };
    expect(await takeImage(unreadable, { engine: engine.port, turns: new LoadTurns(), names: [], signal: never })).toBe(
      false,
    );
    expect(engine.archives).toEqual([]);
  });

  test("is not taken as an index by an engine that takes one image only", async () => {
    for (const wrapped of [true, false]) {
      const image = imageOf(["base"], { wrapped });
      const engine = engineWith(image, []);
      const port = { ...engine.port, takesOci: async () => false };
      const taking = takeImage(image, { engine: port, turns: new LoadTurns(), names: ["app"], signal: never });
      expect([wrapped, await taking, engine.archives.length]).toEqual([wrapped, !wrapped, wrapped ? 0 : 1]);
    }
  });

  test("brings what it shares with others that come at the same time once", async () => {
    const images = ["a", "b", "c", "d"].map((name) => imageOf(["base", name]));
    const turns = new LoadTurns();
    const content = new Set<string>();
    const engines = images.map((image) => ({ ...engineWith(image, []), content }));
    const sent: string[] = [];
    const loading = images.map((image, i) => {
      const engine = engines[i] ?? engineWith(image, []);
      const port: EngineLoad = {
        ...engine.port,
        load: async (archive) => {
          const members = await readMembers(await buffer(archive));
          for (const { name } of members) sent.push(name.slice(6).replace("/", ":"));
          for (const name of sent) content.add(name);
        },
        has: async () => [...image.blobs.keys()].every((digest) => content.has(digest)),
        lacking: async (layers) =>
          new Set(layers.map(({ descriptor }) => descriptor.digest).filter((digest) => !content.has(digest))),
      };
      return takeImage(image, { engine: port, turns, names: [], signal: never });
    });
    expect(await Promise.all(loading)).toEqual([true, true, true, true]);
    expect(sent.filter((digest) => digest === layer("base"))).toHaveLength(1);
  });
});

test("a document that is not what was described is not believed", async () => {
  const image = imageOf(["base"]);
  image.blobs.set(image.digest, Buffer.from('{"layers":[]}'));
  await expect(readImageParts(image, never)).rejects.toThrow("something else");
});

test("a chain ID is that of the layer on those below it", () => {
  const [a, b] = [sha256Digest("a"), sha256Digest("b")];
  expect(chainIds([])).toEqual([]);
  expect(chainIds([a, b])).toEqual([a, sha256Digest(`${a} ${b}`)]);
});
