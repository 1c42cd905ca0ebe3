import { expect, test } from "vitest";
import { type AssembleOptions, assembleImage, type ImageParts } from "../../src/oci/assemble-image.ts";
import { mediaTypes } from "../../src/oci/descriptor.ts";

/** What BuildKit 0.25 made of `FROM scratch`, ARG, ENV, LABEL, COPY and EXPOSE with SOURCE_DATE_EPOCH=1700000000. */
const comment = "buildkit.dockerfile.v0";
const parts: ImageParts = {
  platform: { os: "linux", architecture: "amd64" },
  config: {
    ExposedPorts: { "80/tcp": {} },
    Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "A=x<y>&z"],
    WorkingDir: "/",
    Labels: { b: "2", a: "1" },
  },
  history: [
    { created_by: "ARG SOURCE_DATE_EPOCH=1700000000", comment, empty_layer: true },
    { created_by: "ENV A=x<y>&z", comment, empty_layer: true },
    { created_by: "LABEL b=2 a=1", comment, empty_layer: true },
    { created_by: "COPY f /f # buildkit", comment, created: "2026-11-20T21:31:35.123Z" },
    { created_by: "EXPOSE [80/tcp]", comment, empty_layer: true },
  ],
  diffIds: ["sha256:02db7fe5befcba40e9987c7c773b5a273851ddbe2dbe5c7747b11173f518d59e"],
  layers: [
    {
      mediaType: mediaTypes.ociLayerGzip,
      digest: "sha256:0a67eda0ccb23f671e680d410c5e24ad607eb1ce5502dbd298c90041b54780b9",
      size: 93,
    },
  ],
};
const options: AssembleOptions = { latest: "2023-11-14T22:13:20Z", now: "2026-11-20T21:31:35Z", docker: false };

test.each([
  ["OCI media types", parts, options, "9c134b5b", "c0939e65"],
  ["Docker media types", parts, { ...options, docker: true }, "9c134b5b", "c2eb0503"],
  ["another architecture", platform("arm64"), options, "89ba6189", "6a103324"],
  [
    "a variant and an annotation",
    platform("arm", "v7"),
    { ...options, annotations: { k: "v" } },
    "0b78cd71",
    "d51985d4",
  ],
])("an image with %s is the one that BuildKit makes, byte for byte", (_, given, how, config, manifest) => {
  const image = assembleImage(given, how);
  expect(image.config.descriptor.digest).toMatch(`sha256:${config}`);
  expect(image.manifest.descriptor.digest).toMatch(`sha256:${manifest}`);
});

test("an image without layers and history has null in their places", () => {
  const image = assembleImage({ ...parts, history: [], diffIds: [], layers: [], config: { WorkingDir: "/" } }, options);
  const text = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes));
  expect(text(image.config.bytes)).toEqual({
    architecture: "amd64",
    config: { WorkingDir: "/" },
    created: null,
    history: null,
    os: "linux",
    rootfs: { type: "layers", diff_ids: null },
  });
  expect(text(image.manifest.bytes)).toMatchObject({ layers: null });
  expect(image.created).toBeNull();
});

function platform(architecture: string, variant?: string): ImageParts {
  return { ...parts, platform: { os: "linux", architecture, ...(variant === undefined ? {} : { variant }) } };
}
