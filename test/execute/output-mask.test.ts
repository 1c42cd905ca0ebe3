import { expect, test } from "vitest";
import { Redaction } from "../../src/base/redaction.ts";
import { OutputMask } from "../../src/execute/output-mask.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);
const shown = (data: Uint8Array | undefined): string => Buffer.from(data ?? []).toString("utf8");

test("output passes through as it comes while there are no secrets", () => {
  const mask = new OutputMask(new Redaction());
  expect(shown(mask.take("stdout", bytes("half a line")))).toBe("half a line");
  expect(mask.rest()).toEqual([]);
});

test("a secret is masked when it comes in two pieces, and in other alphabets", () => {
  const redaction = new Redaction();
  redaction.add("hünter2-geheim");
  const mask = new OutputMask(redaction);
  const whole = Buffer.from("it is hünter2-geheim.\nmore\n");
  // Cut inside the two bytes of a letter.
  expect(mask.take("stdout", whole.subarray(0, 8))).toBeUndefined();
  expect(shown(mask.take("stdout", whole.subarray(8)))).toBe("it is ***.\nmore\n");
});

test("what is held back of each stream comes at the end", () => {
  const redaction = new Redaction();
  redaction.add("s3cret");
  const mask = new OutputMask(redaction);
  expect(mask.take("stdout", bytes("out s3cret"))).toBeUndefined();
  expect(mask.take("stderr", bytes("err"))).toBeUndefined();
  expect(mask.rest().map(({ stream, data }) => [stream, shown(data)])).toEqual([
    ["stdout", "out ***"],
    ["stderr", "err"],
  ]);
  expect(mask.rest()).toEqual([]);
});

test("a line without an end does not grow for ever", () => {
  const redaction = new Redaction();
  redaction.add("s3cret");
  const mask = new OutputMask(redaction);
  expect(mask.take("stdout", Buffer.alloc(100_000, "x"))?.length).toBe(100_000);
});

test("bytes that are no text are left as they are", () => {
  const redaction = new Redaction();
  redaction.add("s3cret");
  const mask = new OutputMask(redaction);
  const data = Buffer.from([0xff, 0x00, 0x80, 0x0a]);
  expect(mask.take("stdout", data)).toEqual(data);
});
