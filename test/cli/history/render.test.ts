import { expect, test } from "vitest";
import { renderInspection, renderInspectionJson } from "../../../src/cli/history/render-inspection.ts";
import { renderRecords } from "../../../src/cli/history/render-records.ts";
import { plainStyle } from "../../progress/run.ts";
import { nowMs, record } from "./records.ts";

const history = {
  records: async () => [],
  attachment: async () => new Uint8Array(),
  failure: async () => undefined,
  replay: async () => {},
  remove: async () => true,
};

const past = (one: ReturnType<typeof record>) => ({ record: one, history, fullRef: `default/default/${one.ref}` });

test("past builds are a table, without control characters, long names cut", () => {
  const { completedAt: _, completedMs: __, ...rest } = record({ ref: "new", status: "running" });
  const running = {
    ...rest,
    attributes: new Map([["context", `https://example.test/\u001b[2J${"x".repeat(60)}.git`]]),
  };
  const builds = [
    { ...past(record()), record: running },
    past(record({}, { target: "web", filename: "web/Dockerfile" })),
  ];
  expect(renderRecords(builds, { kind: "table", nowMs, whole: false }).split("\n")).toEqual([
    "BUILD ID   NAME                                       STATUS      CREATED AT     DURATION",
    `new        ${"x".repeat(39)}…   Running     1 minute ago   1m00s+`,
    "abc        web/Dockerfile (web)                       Completed   1 minute ago   30.0s",
    "",
  ]);
});

test("as JSON they have the fields of docker buildx", () => {
  expect(JSON.parse(renderRecords([past(record())], { kind: "json", nowMs, whole: true }))).toEqual({
    ref: "default/default/abc",
    name: "",
    status: "Completed",
    created_at: "2026-01-31T11:59:00Z",
    completed_at: "2026-01-31T11:59:30Z",
    total_steps: 4,
    completed_steps: 4,
    cached_steps: 1,
  });
});

const told = record(
  {
    status: "error",
    error: { code: "UNKNOWN", number: 2, message: "it broke" },
    attachments: [
      { digest: "sha256:p", sizeBytes: 1, type: "https://slsa.dev/provenance/v0.2", platform: "linux/amd64" },
    ],
  },
  { target: "web", platform: "linux/amd64", "build-arg:V": "1", "label:a": "b", "image-resolve-mode": "local" },
);

test("an inspection tells what a build was told, how it ended and what came of it", () => {
  const text = renderInspection({ record: told, failure: undefined, nowMs }, plainStyle);
  for (const line of [
    /^Error: +UNKNOWN it broke$/m,
    /^Build Steps: +4\/4 \(25% cached\)$/m,
    /^Build Arguments:\n {2}V: +1$/m,
    /^Labels:\n {2}a: +b$/m,
    /^sha256:p +linux\/amd64 +https:\/\/slsa\.dev\/provenance\/v0\.2$/m,
    /^Its log: tsbake history logs abc$/m,
  ]) {
    expect(text).toMatch(line);
  }
});

test("an inspection as JSON has the fields of docker buildx", () => {
  expect(JSON.parse(renderInspectionJson({ record: told, failure: undefined, nowMs }))).toEqual({
    Name: "(web)",
    Ref: "abc",
    Dockerfile: "Dockerfile",
    Target: "web",
    Platform: ["linux/amd64"],
    StartedAt: "2026-01-31T11:59:00Z",
    CompletedAt: "2026-01-31T11:59:30Z",
    Duration: 30e9,
    Status: "failed",
    Error: { Code: 2, Message: "it broke" },
    NumCompletedSteps: 4,
    NumTotalSteps: 4,
    NumCachedSteps: 1,
    BuildArgs: [{ Name: "V", Value: "1" }],
    Labels: [{ Name: "a", Value: "b" }],
    Config: { ImageResolveMode: "local" },
    Attachments: [{ Digest: "sha256:p", Platform: "linux/amd64", Type: "https://slsa.dev/provenance/v0.2" }],
  });
});
