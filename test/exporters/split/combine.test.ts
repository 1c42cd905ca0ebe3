import { expect, test } from "vitest";
import { combine } from "../../../src/exporters/split/combine.ts";
import { mediaTypes } from "../../../src/oci/descriptor.ts";
import { sha256Digest } from "../../../src/oci/digest.ts";
import type { Manifest } from "../../../src/registry/client.ts";

function part(document: unknown, mediaType: string = mediaTypes.ociIndex): Manifest {
  const bytes = Buffer.from(JSON.stringify(document));
  return { bytes, descriptor: { mediaType, digest: sha256Digest(bytes), size: bytes.length } };
}

const image = (architecture: string) => ({ digest: architecture, platform: { os: "linux", architecture } });
const attested = (of: string) => ({ digest: `about ${of}`, platform: { os: "unknown", architecture: "unknown" } });

test("an index of parts holds their images first, then what is attested of them, and all annotations", () => {
  const { bytes, mediaType } = combine([
    part({ manifests: [image("amd64"), attested("amd64")], annotations: { a: "1" } }),
    part({ manifests: [image("arm64"), attested("arm64")], annotations: { a: "1", b: "2" } }),
  ]);
  expect(JSON.parse(Buffer.from(bytes).toString())).toEqual({
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [image("amd64"), image("arm64"), attested("amd64"), attested("arm64")],
    annotations: { a: "1", b: "2" },
  });
  expect(mediaType).toBe(mediaTypes.ociIndex);
});

test("Docker's lists make one of their own kind", () => {
  const lists = ["amd64", "arm64"].map((each) => part({ manifests: [image(each)] }, mediaTypes.dockerIndex));
  expect(combine(lists).mediaType).toBe(mediaTypes.dockerIndex);
});

test("what is no index cannot be a part", () => {
  expect(() => combine([part({ config: {} }, mediaTypes.ociManifest)])).toThrow(/sha256:\w+ is no index/);
});
