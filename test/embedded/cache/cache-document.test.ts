import fc from "fast-check";
import { expect, test } from "vitest";
import {
  diffIdAnnotation,
  inlineRecords,
  readCacheManifest,
  readRecords,
  readTable,
  tableOf,
} from "../../../src/engine/cache/cache-document.ts";
import type { CachedChain } from "../../../src/engine/cache/cached-layer.ts";
import { type Descriptor, mediaTypes } from "../../../src/oci/descriptor.ts";
import { digestHex, sha256Digest } from "../../../src/oci/digest.ts";

const diffIdOf = (layer: number) => sha256Digest(`layer ${layer}`);
const keyOf = (layer: number) => digestHex(sha256Digest(`key ${layer}`));
const blobOf = (layer: number): Descriptor => ({
  mediaType: mediaTypes.ociLayerGzip,
  digest: sha256Digest(`blob ${layer}`),
  size: layer,
});

/** Stacks of layers by number; the same layer may be in several, on others. */
const chains: fc.Arbitrary<readonly (readonly number[])[]> = fc.array(
  fc.uniqueArray(fc.nat({ max: 6 }), { maxLength: 5 }),
  { maxLength: 6 },
);

function chainOf(layers: readonly number[]): CachedChain {
  return layers.map((layer) => ({ key: keyOf(layer), layer: { diffId: diffIdOf(layer) }, createdMs: 1000 * layer }));
}

const told = (layer: number) => ({ diffId: diffIdOf(layer), descriptor: blobOf(layer), createdMs: 1000 * layer });

test("what is written of chains is what is read, however they share their layers", () => {
  fc.assert(
    fc.property(chains, (stacks) => {
      const numbers = [...new Set(stacks.flat())];
      const blobs = new Map(numbers.map((layer) => [diffIdOf(layer), blobOf(layer)]));
      const table = tableOf(stacks.map(chainOf), blobs);
      const descriptors = numbers.map((layer) => ({
        ...blobOf(layer),
        annotations: { [diffIdAnnotation]: diffIdOf(layer) },
      }));
      const read = readTable(JSON.parse(JSON.stringify(table)), descriptors);
      expect(new Map(read)).toEqual(new Map(numbers.map((layer) => [keyOf(layer), told(layer)])));
      for (const { parent, blob } of table.layers) {
        const place = table.layers.findIndex((each) => each.blob === blob);
        expect(parent).toBeLessThan(table.layers.length);
        expect(parent).not.toBe(place);
      }
      const distinct = new Set(stacks.flatMap((stack) => stack.map((_, i) => stack.slice(0, i + 1).join())));
      expect(table.layers).toHaveLength(distinct.size);
    }),
  );
});

test("an image tells of those of its layers that steps have made", () => {
  fc.assert(
    fc.property(chains, fc.uniqueArray(fc.nat({ max: 8 })), (stacks, image) => {
      const records = inlineRecords(stacks.map(chainOf), image.map(diffIdOf));
      const layers = image.map((layer) => ({ diffId: diffIdOf(layer), descriptor: blobOf(layer) }));
      const read = readRecords(JSON.parse(JSON.stringify(records)), layers);
      const known = image.filter((layer) => stacks.flat().includes(layer));
      expect(new Map(read)).toEqual(new Map(known.map((layer) => [keyOf(layer), told(layer)])));
    }),
  );
});

test("a document that makes no sense tells nothing, and does no harm", () => {
  const blob = blobOf(1);
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (layers, records) => {
      expect(readTable({ layers, records }, [blob]).size).toBe(0);
      expect(readTable(layers, [blob]).size).toBe(0);
      expect(readCacheManifest(records)).toBeUndefined();
    }),
  );
  const record = { digest: `sha256:${keyOf(1)}`, layers: [{ layer: 0, createdAt: "2026-01-01T00:00:00Z" }] };
  const layer = { blob: blob.digest, annotations: { diffID: diffIdOf(1) } };
  expect(readTable({ layers: [layer], records: [record] }, [blob]).size).toBe(1);
  for (const [wrongLayer, wrongRecord] of [
    [{ ...layer, blob: "sha256:00" }, record],
    [{ ...layer, blob: blobOf(2).digest }, record],
    [{ ...layer, annotations: { diffID: "../../etc/passwd" } }, record],
    [layer, { ...record, digest: "sha512:00" }],
    [layer, { ...record, digest: "sha256:../x" }],
    [layer, { ...record, layers: [{ layer: -1, createdAt: "2026-01-01T00:00:00Z" }] }],
    [layer, { ...record, layers: [{ layer: 0, createdAt: "once" }] }],
  ]) {
    expect(readTable({ layers: [wrongLayer], records: [wrongRecord] }, [blob]).size).toBe(0);
  }
});
