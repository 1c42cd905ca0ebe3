import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { Definition, Op } from "../../../src/buildkit/gen/ops.ts";
import { encodeGraph, type GraphStep } from "../../../src/buildkit/remote/graph.ts";
import { folderGraph, treeGraph } from "../../../src/buildkit/remote/tree-graph.ts";
import { isArchive } from "../../../src/execute/target/is-archive.ts";

interface ReadStep {
  readonly op: Op;
  readonly digest: string;
  readonly name: string | undefined;
}

function read(graph: GraphStep): readonly ReadStep[] {
  const { def, metadata } = Definition.decode(encodeGraph(graph));
  return def.map((bytes) => {
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    return { op: Op.decode(bytes), digest, name: metadata.get(digest)?.description.get("llb.customname") };
  });
}

test("a folder of a repository is fetched, copied and named as the result, each step by the digest of the one before", () => {
  const tree = { address: "https://host/app.git#v1:top", kind: "git" } as const;
  const [source, copy, end, ...more] = read(folderGraph(tree, "./services/api"));
  expect(more).toEqual([]);
  expect(source?.op.op).toMatchObject({
    $case: "source",
    value: { identifier: "git://host/app.git#v1:top", attrs: expect.any(Map) },
  });
  expect(source?.op.op?.$case === "source" && Object.fromEntries(source.op.op.value.attrs)).toEqual({
    "git.fullurl": "https://host/app.git",
    "git.authtokensecret": "GIT_AUTH_TOKEN",
    "git.authheadersecret": "GIT_AUTH_HEADER",
  });
  expect(copy?.op.inputs).toMatchObject([{ digest: source?.digest }]);
  expect(copy?.op.op).toMatchObject({
    $case: "file",
    value: { actions: [{ input: -1n, secondaryInput: 0n, action: { value: { src: "/services/api", dest: "/" } } }] },
  });
  expect(copy?.name).toBe("set context to ./services/api");
  expect(end?.op.inputs).toMatchObject([{ digest: copy?.digest }]);
  expect(end?.op.op).toBeUndefined();
});

test("the top of a tree needs no copy, and nothing leads out of it", () => {
  const tree = { address: "https://host/app.git", kind: "git" } as const;
  expect(read(folderGraph(tree, "."))).toHaveLength(2);
  expect(read(folderGraph(tree, "../.."))).toHaveLength(2);
});

test("an archive is unpacked", () => {
  const [source, copy] = read(treeGraph({ address: "https://host/app.tar.gz", kind: "archive" }));
  expect(source?.op.op).toMatchObject({ value: { identifier: "https://host/app.tar.gz" } });
  expect(copy?.op.op).toMatchObject({
    value: { actions: [{ action: { value: { src: "/context", attemptUnpackDockerCompatibility: true } } }] },
  });
});

test.each([
  ["gzip", Buffer.from([0x1f, 0x8b, 8, 0]), true],
  ["zstd", Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), true],
  ["tar", Buffer.concat([Buffer.alloc(257), Buffer.from("ustar")]), true],
  ["text", Buffer.from('target "a" {}\n'), false],
  ["nothing", Buffer.alloc(0), false],
])("%s is told from its beginning", (_, header, wanted) => {
  expect(isArchive(header)).toBe(wanted);
});
