import { expect, test } from "vitest";
import { Ref, RefMap, Result } from "../../../src/buildkit/gen/gateway.ts";
import { readResult } from "../../../src/buildkit/solve/gateway.ts";
import { linkInputs } from "../../../src/buildkit/solve/links.ts";

const definition = Buffer.from("definition");
const single = (ref: Ref, metadata: Readonly<Record<string, string>> = {}) =>
  readResult(
    Result.encode(
      Result.create({
        result: { $case: "ref", value: ref },
        metadata: new Map(Object.entries(metadata).map(([key, value]) => [key, Buffer.from(value)])),
      }),
    ).finish(),
  );

test("a result is handed on by its definition, with the image's configuration", () => {
  const result = single(Ref.create({ id: "r", def: definition }), { "containerimage.config": "{}" });
  const { attributes, inputs } = linkInputs(new Map([["base", { target: "linux", result }]]));
  expect(Object.fromEntries(attributes)).toEqual({
    "context:base": "input:0-linux",
    "input-metadata:0-linux": '{"containerimage.config":"e30="}',
  });
  expect([...inputs]).toEqual([["0-linux", new Uint8Array(definition)]]);
});

test("results of several platforms are handed on one by one", () => {
  const refs = RefMap.create({
    refs: new Map([
      ["linux/amd64", Ref.create({ id: "a", def: definition })],
      ["linux/arm64", Ref.create({ id: "", def: new Uint8Array() })],
    ]),
  });
  const metadata = new Map([["containerimage.config/linux/amd64", Buffer.from("{}")]]);
  const result = readResult(
    Result.encode(Result.create({ result: { $case: "refs", value: refs }, metadata })).finish(),
  );
  const { attributes, inputs } = linkInputs(
    new Map([
      ["x", { target: "tools", result: single(Ref.create({ id: "r", def: definition })) }],
      ["base", { target: "linux", result }],
    ]),
  );
  expect(Object.fromEntries(attributes)).toEqual({
    "context:x": "input:0-tools",
    "context:base::linux/amd64": "input:0-linux::linux/amd64",
    "input-metadata:0-linux::linux/amd64": '{"containerimage.config":"e30="}',
    "context:base::linux/arm64": "docker-image://scratch",
  });
  expect([...inputs.keys()]).toEqual(["0-tools", "0-linux::linux/amd64"]);
});

test("an empty result is scratch", () => {
  const { attributes, inputs } = linkInputs(new Map([["base", { target: "nothing", result: single(Ref.create()) }]]));
  expect(Object.fromEntries(attributes)).toEqual({ "context:base": "docker-image://scratch" });
  expect(inputs.size).toBe(0);
});

test("fields that are not known yet survive the way back to the daemon", () => {
  const bytes = Buffer.concat([Result.encode(Result.create()).finish(), Buffer.from([0xfa, 0x3e, 1, 7])]);
  expect(readResult(bytes).bytes).toEqual(bytes);
});
