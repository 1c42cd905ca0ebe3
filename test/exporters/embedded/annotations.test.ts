import fc from "fast-check";
import { expect, test } from "vitest";
import { parseAnnotationText } from "../../../src/buildfile/attributes/annotation.ts";
import { imageAttributes } from "../../../src/exporters/attributes.ts";
import {
  type AnnotationAttribute,
  annotationAttributeName,
  annotationsAt,
  readAnnotations,
} from "../../../src/exporters/embedded/annotations.ts";
import { targetNamed } from "../../execute/plans.ts";

const host = { os: "linux", architecture: "amd64" };
const level = fc.constantFrom("manifest", "index", "manifest-descriptor", "index-descriptor" as const);
const platform = fc.constantFrom("linux/amd64", "linux/arm64", "linux/arm/v7", "windows(10.0.17763)/amd64");
const word = fc.string({ minLength: 1 }).filter((text) => !text.includes("="));

test("an annotation printed as an attribute is read as the same", () => {
  const annotation = fc.record(
    { level, platform, key: word, value: fc.string() },
    { requiredKeys: ["level", "key", "value"] },
  );
  fc.assert(
    fc.property(annotation, (each: AnnotationAttribute) => {
      const attributes = new Map([[annotationAttributeName(each), each.value]]);
      expect(readAnnotations(attributes, host)).toEqual([each]);
    }),
  );
});

test("an annotation of a target arrives at its level, for its platform", () => {
  const key = fc.stringMatching(/^[a-z][a-z0-9.-]{0,20}$/);
  fc.assert(
    fc.property(level, platform, key, fc.string(), (where, whose, name, value) => {
      const text = `${where}[${whose}]:${name}=${value}`;
      expect(parseAnnotationText(text).ok).toBe(true);
      const target = targetNamed("app", { annotations: [text] });
      const read = readAnnotations(imageAttributes({ type: "oci", attributes: new Map() }, target), host);
      // An index stands for all platforms.
      const expected = where.startsWith("index") ? {} : { platform: whose };
      expect(read).toEqual([{ level: where, key: name, value, ...expected }]);
    }),
  );
});

test("what names a platform goes before what is said of all, however it is spelled", () => {
  const attributes = new Map([
    ["annotation-manifest[linux/x86_64].k", "one"],
    ["annotation.k", "all"],
    ["annotation.other", "too"],
  ]);
  const read = readAnnotations(attributes, host);
  expect(annotationsAt(read, "manifest", host)).toEqual({ k: "one", other: "too" });
  expect(annotationsAt(read, "manifest", { os: "linux", architecture: "arm64" })).toEqual({ k: "all", other: "too" });
  expect(annotationsAt(read, "index")).toBeUndefined();
});

test.each(["name", "annotation", "annotation.", "annotation-layer.k", "annotations.k"])(
  "%s is no annotation",
  (name) => {
    expect(readAnnotations(new Map([[name, "v"]]), host)).toEqual([]);
  },
);
