import { expect, test } from "vitest";
import { BuildHistoryRecord, BuildResultInfo, Descriptor } from "../../../src/buildkit/gen/control.ts";
import { recordFrom } from "../../../src/buildkit/history/record.ts";

const at = (seconds: bigint, nanos = 0) => ({ seconds, nanos });
const provenance = Descriptor.create({
  mediaType: "application/vnd.in-toto+json",
  digest: "sha256:p",
  size: 7n,
  annotations: new Map([["in-toto.io/predicate-type", "https://slsa.dev/provenance/v0.2"]]),
});
const mediaType = "application/vnd.oci.image.manifest.v1+json";
const manifest = Descriptor.create({ mediaType, digest: "sha256:m", size: 3n });

test.each([
  ["running", {}, "running"],
  ["over", { CompletedAt: at(12n) }, "completed"],
  ["failed", { CompletedAt: at(12n), error: { code: 2, message: "no", details: [] } }, "error"],
  ["called off", { CompletedAt: at(12n), error: { code: 1, message: "stop", details: [] } }, "canceled"],
])("a build that is %s says so", (_words, fields, status) => {
  const record = recordFrom(BuildHistoryRecord.create({ Ref: "r", CreatedAt: at(10n, 500_000_000), ...fields }));
  expect(record).toMatchObject({ ref: "r", status, createdAt: "1970-01-01T00:00:10.5Z", createdMs: 10_500 });
});

test("attachments are told once each, those of all platforms first", () => {
  const record = recordFrom(
    BuildHistoryRecord.create({
      Result: { ResultDeprecated: manifest, Results: new Map([[0n, manifest]]), Attestations: [] },
      Results: new Map([
        ["linux/b", BuildResultInfo.create({ Attestations: [provenance] })],
        ["linux/a", BuildResultInfo.create({ Attestations: [{ ...provenance, digest: "sha256:q" }] })],
      ]),
    }),
  );
  expect(record.attachments).toEqual([
    { digest: "sha256:m", sizeBytes: 3, type: "manifest" },
    { digest: "sha256:q", sizeBytes: 7, type: "https://slsa.dev/provenance/v0.2", platform: "linux/a" },
    { digest: "sha256:p", sizeBytes: 7, type: "https://slsa.dev/provenance/v0.2", platform: "linux/b" },
  ]);
});
