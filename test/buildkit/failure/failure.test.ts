import { describe, expect, test } from "vitest";
import { Redaction } from "../../../src/base/redaction.ts";
import { failureFrom } from "../../../src/buildkit/failure/failure.ts";
import type { Any } from "../../../src/buildkit/gen/google/protobuf/any.ts";
import { type RpcCode, RpcError } from "../../../src/buildkit/rpc/status.ts";

const detail = (type: string, value: object | string): Any => ({
  typeUrl: `github.com/moby/buildkit/${type}+json`,
  value: Buffer.from(typeof value === "string" ? value : JSON.stringify(value)),
});
const source = (line: number, text: string): Any =>
  detail("errdefs.Source", {
    info: { filename: "Dockerfile", data: Buffer.from(text).toString("base64") },
    ranges: [{ start: { line }, end: { line } }],
  });

function failure(
  message: string,
  details: readonly Any[] = [],
  code: RpcCode = "UNKNOWN",
  secrets: readonly string[] = [],
): unknown {
  const redaction = new Redaction();
  for (const secret of secrets) redaction.add(secret);
  return failureFrom(new RpcError(code, message, { details }), {
    redaction,
    stepName: (digest) => (digest === "sha256:1" ? "[1/1] RUN x" : undefined),
    sourceName: (filename) => (filename === "Dockerfile" ? "app/Dockerfile" : filename),
  });
}

test("a failing step has its name, its lines and no promise that another try helps", () => {
  const details = [
    detail("stack.Stack", "{"),
    detail("errdefs.Vertex", { digest: "sha256:1" }),
    detail("gatewayapi.ExitMessage", { Code: 2 }),
    source(1, "RUN x"),
    source(1, "RUN x"),
    detail("errdefs.FromTheFuture", { x: 1 }),
  ];
  expect(failure('process "x" did not complete successfully: exit code: 2 (connection reset)', details)).toMatchObject({
    name: "BuildFailure",
    code: "build/step-failed",
    step: { digest: "sha256:1", name: "[1/1] RUN x" },
    excerpts: [{ file: "app/Dockerfile", firstLine: 1, lines: [{ text: "RUN x", marked: true }] }],
    retryable: false,
  });
});

test("a path that COPY does not find has a way out", () => {
  const message = 'failed to compute cache key: failed to calculate checksum of ref a1::b2: "/x": not found';
  expect(failure(message, [detail("errdefs.Vertex", { digest: "sha256:1" })])).toMatchObject({
    code: "build/step-failed",
    hint: "the path starts from the context, or from the stage or image that --from names; .dockerignore may leave it out",
  });
});

describe("codes", () => {
  test.each<[string, string, boolean, readonly Any[]]>([
    [
      "build/step-failed",
      'failed to compute cache key: "/x": not found',
      false,
      [detail("errdefs.Vertex", { digest: "sha256:9" })],
    ],
    ["build/dockerfile-invalid", "dockerfile parse error on line 2: unknown instruction: X", false, []],
    ["build/dockerfile-invalid", "unknown stage", false, [source(1, "FROM x")]],
    ["build/push-failed", "failed to push r/a:1: failed to do request: connection refused", true, []],
    [
      "build/push-failed",
      "failed to push r/a:1: unexpected status from PUT request to https://r/v2/: 503 Service Unavailable",
      true,
      [],
    ],
    ["build/push-failed", "failed to push r/a:1: push access denied", false, []],
    [
      "build/frontend-too-old",
      "unsupported frontend capability",
      false,
      [detail("errdefs.FrontendCap", { name: "moby.buildkit.frontend.contexts" })],
    ],
    [
      "build/policy-denied",
      "not allowed",
      false,
      [detail("policysession.DecisionResponse", { denyMessages: [{ message: "no" }] })],
    ],
    ["build/frontend-too-old", "unsupported frontend capability moby.buildkit.frontend.contexts", false, []],
    ["build/unknown-request", "unsupported request frontend.lint", false, []],
    ["build/step-failed", "executor failed running [/bin/sh -c false]: exit code: 1", false, []],
    ["build/failed", "alpine: toomanyrequests: rate limit", true, []],
    ["build/failed", "something else", false, []],
  ])("%s: %s", (code, message, retryable, details) => {
    expect(failure(message, details)).toMatchObject({ name: "BuildFailure", code, retryable });
  });

  test.each([
    [
      "unsupported frontend capability moby.buildkit.frontend.contexts",
      /^the Dockerfile frontend of the builder does not know named contexts/,
      /--builder embedded/,
    ],
    [
      "unsupported request frontend.lint",
      /^the Dockerfile frontend .* does not answer frontend\.lint$/,
      /--builder embedded/,
    ],
    [
      "failed to create LLB definition: dockerfile parse error line 2: Unknown flag: link",
      /^dockerfile parse error line 2: Unknown flag: link$/,
      /# syntax=docker\/dockerfile:1/,
    ],
  ])("an old daemon's %s is said without the protocol's words, with a way out", (said, message, hint) => {
    const wrapped = `rpc error: code = Unknown desc = failed to solve with frontend dockerfile.v0: ${said}`;
    expect(failure(wrapped)).toMatchObject({
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });

  test("a daemon that is going away is trouble with the environment", () => {
    expect(failure("shutting down", [], "UNAVAILABLE")).toMatchObject({
      name: "TsbakeError",
      code: "buildkit/daemon-unavailable",
      retryable: true,
    });
  });
});

describe("texts", () => {
  test("hold neither secrets nor passwords nor control characters", () => {
    const message = "fetch https://me:pw123@h/x with s3cret-value \u001b[2Jand\u0007 sec\nond line";
    expect(
      failure(message, [source(1, "RUN curl s3cret-value")], "UNKNOWN", ["s3cret-value\nsecond line\n"]),
    ).toMatchObject({
      message: "fetch https://***@h/x with *** and sec\nond line",
      excerpts: [{ lines: [{ text: "RUN curl ***" }] }],
    });
  });

  test.each(["x", "a:", "a://b:", "://", "status from ", "\u001b[", "connection "])(
    "made of %j without end are cut, and soon",
    (piece) => {
      const began = performance.now();
      const failed = failure(piece.repeat(1_000_000));
      expect(failed instanceof Error && failed.message.length).toBeLessThan(100_000);
      expect(performance.now() - began).toBeLessThan(1000);
    },
  );

  test.each(["null", "[]", '"x"', '{"info":null,"ranges":[null,{"start":1}]}', '{"ranges":{}}', "\u0000"])(
    "details that make no sense (%j) are passed over",
    (value) => {
      const types = ["errdefs.Source", "errdefs.Vertex", "gatewayapi.ExitMessage", "policysession.DecisionResponse"];
      expect(
        failure(
          "x",
          types.map((type) => detail(type, value)),
        ),
      ).toMatchObject({ code: expect.stringMatching(/^build\//), excerpts: [] });
    },
  );
});

test("what is no answer of a daemon stays what it is", () => {
  const bug = new TypeError("x");
  const context = { redaction: new Redaction(), stepName: () => undefined, sourceName: (name: string) => name };
  expect(failureFrom(bug, context)).toBe(bug);
});
