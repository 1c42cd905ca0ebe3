import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Outcome } from "../../src/events/event.ts";
import type { Build } from "../../src/plan/plan.ts";
import { indentJson } from "../../src/report/json-text.ts";
import { renderMetadata, writeMetadataFile } from "../../src/report/metadata-file.ts";

function build(id: string): Build {
  return { id, target: id.split("#")[0] ?? id, links: new Map() };
}

function answered(response: Readonly<Record<string, string>>): Outcome {
  return {
    status: "succeeded",
    durationMs: 1,
    cached: false,
    published: [],
    response: new Map(Object.entries(response)),
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

describe("the metadata file", () => {
  test("has the answers of each target, sorted, with what is structured as structure", () => {
    const descriptor =
      '{"mediaType":"application/vnd.oci.image.index.v1+json","size":12345678901234567890,"10":{},"9":[]}';
    const outcomes = new Map<string, Outcome>([
      ["web#0", answered({ "image.name": "web:1", "containerimage.digest": "sha256:aa" })],
      ["app#0", answered({ "containerimage.descriptor": base64(descriptor), "buildx.build.ref": "b/n/r" })],
      ["bad#0", { status: "cancelled", reason: "interrupted" }],
    ]);
    expect(renderMetadata({ builds: [build("web#0"), build("app#0"), build("bad#0")], outcomes })).toBe(
      `{
  "app": {
    "buildx.build.ref": "b/n/r",
    "containerimage.descriptor": {
      "mediaType": "application/vnd.oci.image.index.v1+json",
      "size": 12345678901234567890,
      "10": {},
      "9": []
    }
  },
  "web": {
    "containerimage.digest": "sha256:aa",
    "image.name": "web:1"
  }
}`,
    );
  });

  test("joins the answers of a target's builds; a later output wins", () => {
    const outcomes = new Map([
      ["app#0", answered({ a: "first", b: "first" })],
      ["app#1", answered({ b: "second" })],
    ]);
    const text = renderMetadata({ builds: [build("app#0"), build("app#1")], outcomes });
    expect(JSON.parse(text)).toEqual({ app: { a: "first", b: "second" } });
  });

  test("has the digest of the image that was pushed, wherever that output stands", () => {
    const pushed = { type: "image", attributes: new Map([["push", "true"]]) };
    const archive = { type: "oci", attributes: new Map([["dest", "app.tar"]]) };
    const outcomes = new Map([
      ["app#0", answered({ "containerimage.digest": "sha256:pushed" })],
      ["app#1", answered({ "containerimage.digest": "sha256:archive" })],
    ]);
    const builds = [
      { ...build("app#0"), output: pushed },
      { ...build("app#1"), output: archive },
    ];
    expect(JSON.parse(renderMetadata({ builds, outcomes }))).toEqual({
      app: { "containerimage.digest": "sha256:pushed" },
    });
  });

  test.each([
    ["an empty object", base64("{}")],
    ["an empty list", base64("[]")],
    ["a list of numbers", base64("[1]")],
    ["a text", base64('"text"')],
    ["a number", base64("12")],
    ["what is no base64", "{}"],
    ["what is base64 by accident", "abcd"],
  ])("leaves %s as it came", (_what, value) => {
    const outcomes = new Map([["app#0", answered({ key: value })]]);
    expect(JSON.parse(renderMetadata({ builds: [build("app#0")], outcomes }))).toEqual({ app: { key: value } });
  });

  test("puts in a list of objects, and the answer of a call, which is JSON already", () => {
    const outcomes = new Map([["app#0", answered({ list: base64('[{"a":1},null]'), "result.json": '{"checks":[]}' })]]);
    expect(JSON.parse(renderMetadata({ builds: [build("app#0")], outcomes }))).toEqual({
      app: { list: [{ a: 1 }, null], "result.json": { checks: [] } },
    });
  });

  test("escapes as Go does, in texts and in structures", () => {
    const outcomes = new Map([["app#0", answered({ a: "<&>\u2028", b: base64('{"k":"<&>"}') })]]);
    const text = renderMetadata({ builds: [build("app#0")], outcomes });
    expect(text).toContain('"a": "\\u003c\\u0026\\u003e\\u2028"');
    expect(text).toContain('"k": "\\u003c\\u0026\\u003e"');
  });

  test("has the warnings when they are given", () => {
    const excerpt = { file: "Dockerfile", firstLine: 3, lines: [{ text: "from x", marked: true }] };
    const text = renderMetadata({
      builds: [],
      outcomes: new Map(),
      warnings: [
        {
          type: "step-warning",
          at: 0,
          build: "app#0",
          step: "sha256:1",
          level: 1,
          message: "casing",
          detail: ["d"],
          url: "u",
          excerpt,
        },
      ],
    });
    const range = [{ start: { line: 3 }, end: { line: 3 } }];
    expect(JSON.parse(text)).toEqual({
      "buildx.build.warnings": [
        {
          vertex: "sha256:1",
          level: 1,
          short: base64("casing"),
          detail: [base64("d")],
          url: "u",
          sourceInfo: { filename: "Dockerfile" },
          range,
        },
      ],
    });
  });

  test("without targets is an empty object", () => {
    expect(renderMetadata({ builds: [], outcomes: new Map() })).toBe("{}");
  });
});

test("JSON laid out anew is what JSON.stringify makes of its value", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, "\t"), (value, space) => {
      const text = JSON.stringify(value, null, space);
      expect(indentJson(text)).toBe(JSON.stringify(JSON.parse(text), null, 2));
    }),
  );
});

describe("writing it", () => {
  async function temporaryFolder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "tsbake-metadata-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    return folder;
  }

  test("replaces the old one, makes folders, and leaves nothing else", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "deep/meta.json");
    await writeMetadataFile(path, "{}");
    await writeMetadataFile(path, '{"a":1}');
    expect(await readFile(path, "utf8")).toBe('{"a":1}');
    expect((await stat(path)).mode & 0o777).toBe(0o644 & ~process.umask());
    expect(await readdir(join(folder, "deep"))).toEqual(["meta.json"]);
  });

  test.each(["folder", "file/meta.json"])("that fails says so and leaves nothing: %s", async (name) => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "folder"));
    await writeFile(join(folder, "file"), "x");
    await expect(writeMetadataFile(join(folder, name), "{}")).rejects.toMatchObject({
      code: "report/metadata-unwritable",
    });
    expect((await readdir(folder)).sort()).toEqual(["file", "folder"]);
  });
});
