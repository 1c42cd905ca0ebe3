import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesMessagePieces, bytesOfMessage } from "../../../src/buildkit/rpc/bytes-message.ts";
import { FrameDecoder, framePrefix, maxMessageBytes } from "../../../src/buildkit/rpc/frame.ts";
import { metadataFromRaw, metadataToHeaders } from "../../../src/buildkit/rpc/metadata.ts";
import {
  errorOfHttpStatus,
  RpcError,
  rpcCode,
  statusFromHeaders,
  statusToTrailers,
} from "../../../src/buildkit/rpc/status.ts";

describe("messages on a stream", () => {
  test("are the same however the stream is cut", () => {
    const message = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 10 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 60 })),
        (sent, cuts) => {
          const bytes = Buffer.concat(sent.flatMap((data) => [framePrefix(data.length), data]));
          const decoder = new FrameDecoder();
          const received: Buffer[] = [];
          for (let at = 0; at < bytes.length; ) {
            const length: number = cuts.next().value ?? 1;
            decoder.push(bytes.subarray(at, at + length));
            at += length;
            for (let next = decoder.next(); next !== undefined; next = decoder.next()) received.push(next);
          }
          expect(received.map((data) => data.toString("hex"))).toEqual(
            sent.map((data) => Buffer.from(data).toString("hex")),
          );
          expect(decoder.size).toBe(0);
        },
      ),
    );
  });

  test.each([
    ["compressed", Buffer.from([1, 0, 0, 0, 0]), "INTERNAL"],
    ["too large", framePrefix(maxMessageBytes + 1), "RESOURCE_EXHAUSTED"],
  ])("that are %s are refused before they are read", (_, bytes, code) => {
    const decoder = new FrameDecoder();
    decoder.push(bytes);
    expect(() => decoder.next()).toThrow(expect.objectContaining({ code }));
  });
});

test("a message of bytes is the same by hand and by the generated codec", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 20_000 }), { maxLength: 3 }), (pieces) => {
      const message = Buffer.concat(bytesMessagePieces(pieces));
      expect(Buffer.compare(bytesOfMessage(message), Buffer.concat(pieces))).toBe(0);
    }),
  );
});

describe("a status", () => {
  test("survives its trailers", () => {
    const codes = fc.integer({ min: 1, max: 16 }).map(rpcCode);
    fc.assert(
      fc.property(codes, fc.string({ unit: "binary", maxLength: 100 }), (code, text) => {
        // Lone surrogates have no bytes.
        const message = Buffer.from(text).toString();
        const trailers = statusToTrailers(new RpcError(code, message));
        expect(Object.values(trailers).every((value) => /^[\x20-\x7e]*$/.test(value))).toBe(true);
        const status = statusFromHeaders(trailers);
        expect(status).toMatchObject({ code, message });
      }),
    );
    expect(statusFromHeaders(statusToTrailers(undefined))).toBe("ok");
  });

  test("with a message without end is cut", () => {
    const trailers = statusToTrailers(new RpcError("UNKNOWN", "x".repeat(1 << 20)));
    expect(trailers["grpc-message"]?.length).toBeLessThan(5000);
  });

  test.each([
    [{}, undefined],
    [{ "grpc-status": "99" }, { code: "UNKNOWN", message: "" }],
    [
      { "grpc-status": "x", "grpc-message": "50% done %zz" },
      { code: "UNKNOWN", message: "50% done %zz" },
    ],
    [
      { "grpc-status": "2", "grpc-message": "why", "grpc-status-details-bin": "////" },
      { code: "UNKNOWN", message: "why", details: [] },
    ],
  ])("in strange trailers (%j) is made the best of", (trailers, expected) => {
    const status = statusFromHeaders(trailers);
    if (expected === undefined) expect(status).toBeUndefined();
    else expect(status).toMatchObject(expected);
  });

  test("of plain HTTP is told", () => {
    expect(errorOfHttpStatus(503, "text/html")).toMatchObject({
      code: "UNAVAILABLE",
      message: /HTTP status 503 \(text\/html\)/,
    });
    expect(errorOfHttpStatus(418, "")).toMatchObject({ code: "UNKNOWN" });
  });
});

test("metadata keeps the values of a key apart and in order", () => {
  const raw = [":path", "/x", "a", "1, 2", "b", "", "a", "3"];
  const metadata = metadataFromRaw(raw);
  expect([...metadata]).toEqual([
    ["a", ["1, 2", "3"]],
    ["b", [""]],
  ]);
  expect(metadataToHeaders(new Map([["k", ["a b", "ü\n"]]]))).toEqual({ k: ["a b", "%C3%BC%0A"] });
});
