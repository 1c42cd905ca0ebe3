import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type * as grpc from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import {
  InfoRequest,
  InfoResponse,
  ReadContentRequest,
  ReadContentResponse,
  WriteAction,
  WriteContentRequest,
  WriteContentResponse,
} from "../../../src/buildkit/gen/content.ts";
import { contentService } from "../../../src/buildkit/session/content.ts";
import { createLayoutStore } from "../../../src/buildkit/session/store/layout-store.ts";
import { definitionOf } from "../rpc/grpc-peer.ts";
import { temporaryFolder } from "../rpc/sockets.ts";
import { grpcMetadata, withSession } from "./fake-daemon.ts";

const service = "/containerd.services.content.v1.Content";
const read = { path: `${service}/Read`, request: ReadContentRequest, response: ReadContentResponse };
const info = { path: `${service}/Info`, request: InfoRequest, response: InfoResponse };
const write = { path: `${service}/Write`, request: WriteContentRequest, response: WriteContentResponse };
const storeId = "buildkit-attachable-store-id";

const digestOf = (data: string): string => `sha256:${createHash("sha256").update(data).digest("hex")}`;

function layoutOf(...blobs: readonly string[]): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "blobs/sha256"), { recursive: true });
  for (const data of blobs) writeFileSync(join(folder, "blobs/sha256", digestOf(data).slice(7)), data);
  return folder;
}

async function serving(folder: string, writable = true): Promise<grpc.Client> {
  const { client } = await withSession(contentService(new Map([["s", createLayoutStore(folder, { writable })]])));
  return client;
}

/** The size of a blob, or the code of the refusal. */
function sizeOf(client: grpc.Client, digest: string, store = "s"): Promise<number> {
  const { path, requestSerialize, responseDeserialize } = definitionOf(info, { request: false, response: false });
  const metadata = grpcMetadata([[storeId, store]]);
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { digest }, metadata, (error, response) =>
      resolve(error === null ? Number(response?.info?.size) : -error.code),
    );
  });
}

function readBlob(client: grpc.Client, digest: string, offset: number, size: number): Promise<string | number> {
  const { path, requestSerialize, responseDeserialize } = definitionOf(read, { request: false, response: true });
  const request = { digest, offset: BigInt(offset), size: BigInt(size) };
  const call = client.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    request,
    grpcMetadata([[storeId, "s"]]),
  );
  let text = "";
  call.on("data", (piece: ReadContentResponse) => {
    expect(Number(piece.offset)).toBe(offset + text.length);
    text += Buffer.from(piece.data).toString();
  });
  call.on("error", () => {});
  return new Promise((resolve) => call.on("status", ({ code }) => resolve(code === 0 ? text : -code)));
}

type WriteStep = Parameters<typeof WriteContentRequest.create>[0];

/** Sends the steps; resolves to the answers and how the call ended. */
function writeBlob(
  client: grpc.Client,
  steps: readonly WriteStep[],
): Promise<{ answers: WriteContentResponse[]; code: number }> {
  const { path, requestSerialize, responseDeserialize } = definitionOf(write, { request: true, response: true });
  const call = client.makeBidiStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    grpcMetadata([[storeId, "s"]]),
  );
  const answers: WriteContentResponse[] = [];
  call.on("data", (answer: WriteContentResponse) => answers.push(answer));
  call.on("error", () => {});
  for (const step of steps) call.write(WriteContentRequest.create(step));
  call.end();
  return new Promise((resolve) => call.on("status", ({ code }) => resolve({ answers, code })));
}

const bytes = (text: string): Buffer => Buffer.from(text);

describe("reading", () => {
  test("tells the size of what is there", async () => {
    const client = await serving(layoutOf("hello"));
    expect(await sizeOf(client, digestOf("hello"))).toBe(5);
    expect(await sizeOf(client, digestOf("other"))).toBe(-5);
    expect(await sizeOf(client, digestOf("hello"), "other")).toBe(-5);
  });

  test.each(["", "sha256:..", "sha256:../../etc/passwd", "md5:1", `sha256:${"A".repeat(64)}`])(
    "refuses %j as a digest",
    async (digest) => {
      expect(await sizeOf(await serving(layoutOf()), digest)).toBe(-3);
    },
  );

  test.each([
    [0, 0, "hello"],
    [1, 3, "ell"],
    [2, 0, "llo"],
    [3, 100, "lo"],
    [5, 0, ""],
    [9, 1, ""],
    [-1, 0, -11],
    [0, -1, -11],
  ])("from %i on, %i bytes: %j", async (offset, size, expected) => {
    expect(await readBlob(await serving(layoutOf("hello")), digestOf("hello"), offset, size)).toBe(expected);
  });

  test("comes in pieces that fit into messages", async () => {
    const data = "x".repeat(20 << 20);
    expect(await readBlob(await serving(layoutOf(data)), digestOf(data), 0, 0)).toBe(data);
  });
});

describe("writing", () => {
  test("makes a blob visible when it is whole", async () => {
    const folder = temporaryFolder();
    const client = await serving(folder);
    const { answers, code } = await writeBlob(client, [
      { action: WriteAction.STAT, ref: "r", expected: digestOf("hello") },
      { action: WriteAction.WRITE, offset: 0n, data: bytes("hel") },
      { action: WriteAction.WRITE, offset: 3n, data: bytes("lo") },
      { action: WriteAction.COMMIT, offset: 5n, total: 5n, expected: digestOf("hello") },
    ]);
    expect(code).toBe(0);
    expect(answers.map(({ action, offset, digest }) => [action, Number(offset), digest])).toEqual([
      [0, 0, ""],
      [1, 3, ""],
      [1, 5, ""],
      [2, 5, digestOf("hello")],
    ]);
    expect(readdirSync(folder)).toEqual(["blobs"]);
    expect(readFileSync(join(folder, "blobs/sha256", digestOf("hello").slice(7)), "utf8")).toBe("hello");
  });

  test("what is there already is not begun", async () => {
    const client = await serving(layoutOf("hello"));
    expect(await writeBlob(client, [{ ref: "r", expected: digestOf("hello") }])).toMatchObject({ code: 6 });
  });

  test.each<[string, readonly WriteStep[], number]>([
    ["another digest", [{ action: WriteAction.COMMIT, data: bytes("x"), expected: digestOf("y") }], 9],
    ["another size", [{ action: WriteAction.COMMIT, data: bytes("x"), total: 7n }], 9],
    ["a gap", [{ action: WriteAction.WRITE, offset: 3n, data: bytes("x") }], 11],
    ["no end", [{ action: WriteAction.WRITE, data: bytes("x") }], 0],
  ])("of a blob with %s leaves nothing", async (_, steps, code) => {
    const folder = layoutOf();
    expect(await writeBlob(await serving(folder), steps)).toMatchObject({ code });
    expect(readdirSync(folder, { recursive: true })).toEqual(["blobs", "blobs/sha256"]);
  });

  test("to a store that is only read is refused", async () => {
    const client = await serving(layoutOf(), false);
    expect(await writeBlob(client, [{ action: WriteAction.COMMIT, data: bytes("x") }])).toMatchObject({ code: 7 });
  });
});
