import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import type * as grpc from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { BytesMessage } from "../../../src/buildkit/gen/bytes.ts";
import { Packet, Packet_PacketType, type Stat } from "../../../src/buildkit/gen/packet.ts";
import type { Method } from "../../../src/buildkit/rpc/method.ts";
import { fileSendService } from "../../../src/buildkit/session/file-send.ts";
import { goMode } from "../../../src/buildkit/session/sync/packet.ts";
import type { ExportSink } from "../../../src/execute/ports.ts";
import { temporaryFolder } from "../rpc/sockets.ts";
import { converse, withSession } from "./fake-daemon.ts";

const path = "/moby.filesync.v1.FileSend/DiffCopy";
const sendBytes: Method<BytesMessage, BytesMessage> = { path, request: BytesMessage, response: BytesMessage };
const sendPackets: Method<Packet, Packet> = { path, request: Packet, response: Packet };

function statusOf(
  call:
    | grpc.ClientDuplexStream<never, never>
    | grpc.ClientDuplexStream<Packet, Packet>
    | grpc.ClientDuplexStream<BytesMessage, BytesMessage>,
): Promise<{ code: number; details: string }> {
  call.on("error", () => {});
  return new Promise((resolve) => call.on("status", ({ code, details }) => resolve({ code, details })));
}

describe("an archive", () => {
  /** A sink that keeps what is written, slowly. */
  function memory(): { sink: ExportSink; chunks: Buffer[]; opened: ReadonlyMap<string, string>[]; writable: Writable } {
    const chunks: Buffer[] = [];
    const opened: ReadonlyMap<string, string>[] = [];
    const writable = new Writable({
      write(chunk, _, done) {
        chunks.push(chunk);
        setImmediate(done);
      },
    });
    const open = async (metadata: ReadonlyMap<string, string>): Promise<Writable> => {
      opened.push(metadata);
      return writable;
    };
    return { sink: { kind: "stream", open }, chunks, opened, writable };
  }

  test("arrives whole at the exporter that is named, with what is told of it", async () => {
    const { sink, chunks, opened, writable } = memory();
    const { client } = await withSession(fileSendService([{ kind: "none" }, sink]));
    const call = converse(client, sendBytes, [
      ["buildkit-attachable-exporter-id", "1"],
      ["exporter-md-containerimage.digest", "sha256:1"],
    ]);
    call.resume();
    const status = statusOf(call);
    for (let i = 0; i < 20; i++) call.write({ data: Buffer.alloc(1 << 20, i) });
    expect(opened.length).toBeLessThan(2);
    call.end();
    expect(await status).toEqual({ code: 0, details: expect.anything() });
    expect(writable.writableFinished).toBe(true);
    const received = Buffer.concat(chunks);
    expect(received.length).toBe(20 << 20);
    expect(received[19 << 20]).toBe(19);
    expect(opened).toEqual([new Map([["containerimage.digest", "sha256:1"]])]);
  });

  test("of a build that fails before its first byte is not opened", async () => {
    const { sink, opened } = memory();
    const { client, session, tunnel } = await withSession(fileSendService([sink]));
    converse(client, sendBytes).on("error", () => {});
    await new Promise((resolve) => tunnel.once("data", resolve));
    await session.close();
    expect(opened).toEqual([]);
  });

  test("is destroyed when the connection is lost amid it", async () => {
    const { sink, chunks, writable } = memory();
    const { client, connection } = await withSession(fileSendService([sink]));
    const call = converse(client, sendBytes);
    call.on("error", () => {});
    call.write({ data: Buffer.from("half") });
    await expect.poll(() => chunks.length).toBe(1);
    const closed = new Promise((resolve) => writable.once("close", resolve));
    await connection.close();
    await closed;
    expect(writable.writableFinished).toBe(false);
  });

  test("that cannot be written fails the call with the reason", async () => {
    const full = new Writable({ write: (_chunk, _encoding, done) => done(new Error("no space left on device")) });
    const { client } = await withSession(fileSendService([{ kind: "stream", open: async () => full }]));
    const call = converse(client, sendBytes);
    const status = statusOf(call);
    call.resume();
    for (let i = 0; i < 5; i++) call.write({ data: Buffer.alloc(1 << 20) });
    expect(await status).toEqual({ code: 2, details: "no space left on device" });
  });

  test.each([
    ["nobody expects", [{ kind: "none" }], "0"],
    ["of an exporter that is not there", [], "7"],
  ] as const)("%s is refused", async (_, sinks, id) => {
    const { client } = await withSession(fileSendService(sinks));
    const call = converse(client, sendBytes, [["buildkit-attachable-exporter-id", id]]);
    call.resume();
    expect(await statusOf(call)).toMatchObject({ code: 9 });
  });
});

interface Sent {
  readonly stat: Partial<Stat> & { readonly path: string };
  readonly data?: string;
}

/** Plays the daemon's side of a folder; resolves to how the call ended. */
async function sendFolder(root: string, entries: readonly Sent[]): Promise<{ code: number; details: string }> {
  const { client } = await withSession(fileSendService([{ kind: "folder", open: async () => root }]));
  const call = converse(client, sendPackets);
  const status = statusOf(call);
  call.on("data", (packet: Packet) => {
    if (packet.type === Packet_PacketType.PACKET_FIN) {
      call.write(Packet.create({ type: Packet_PacketType.PACKET_FIN }));
      call.end();
    }
    if (packet.type !== Packet_PacketType.PACKET_REQ) return;
    const data = Buffer.from(entries[packet.ID]?.data ?? "");
    for (let at = 0; at < data.length; at += 32 << 10) {
      call.write(
        Packet.create({ type: Packet_PacketType.PACKET_DATA, ID: packet.ID, data: data.subarray(at, at + (32 << 10)) }),
      );
    }
    call.write(Packet.create({ type: Packet_PacketType.PACKET_DATA, ID: packet.ID }));
  });
  for (const { stat, data } of entries) {
    const size = BigInt(Buffer.byteLength(data ?? ""));
    call.write(Packet.create({ type: Packet_PacketType.PACKET_STAT, stat: { mode: 0o644, size, ...stat } }));
  }
  call.write(Packet.create({ type: Packet_PacketType.PACKET_STAT }));
  return status;
}

describe("a folder", () => {
  const folder = (path: string, more: Partial<Stat> = {}): Sent => ({
    stat: { path, mode: goMode.folder + 0o755, ...more },
  });

  test("arrives with contents, permissions, times and links", async () => {
    const root = temporaryFolder();
    const time = 1_000_000_000_123_456_000n;
    const { code } = await sendFolder(root, [
      folder("d", { mode: goMode.folder + 0o555, modTime: time }),
      { stat: { path: "d/big", modTime: time, mode: 0o600 }, data: "x".repeat(100_000) },
      { stat: { path: "d/empty" } },
      { stat: { path: "d/run", mode: goMode.setuid + 0o755 }, data: "run" },
      { stat: { path: "hard", linkname: "d/run", size: 3n } },
      { stat: { path: "link", mode: goMode.symlink + 0o777, linkname: "../outside", modTime: -1_000_000_000n } },
      { stat: { path: "ü\u{1f600}" }, data: "ü" },
    ]);
    expect(code).toBe(0);
    expect(lstatSync(join(root, "d"), { bigint: true })).toMatchObject({ mtimeNs: time });
    expect(lstatSync(join(root, "d")).mode & 0o7777).toBe(0o555);
    expect(lstatSync(join(root, "d/big"), { bigint: true })).toMatchObject({ mtimeNs: time, size: 100_000n });
    expect(lstatSync(join(root, "d/big")).mode & 0o7777).toBe(0o600);
    expect(lstatSync(join(root, "d/empty")).size).toBe(0);
    expect(lstatSync(join(root, "d/run")).mode & 0o7777).toBe(0o4755);
    expect(lstatSync(join(root, "hard")).ino).toBe(lstatSync(join(root, "d/run")).ino);
    expect(readlinkSync(join(root, "link"))).toBe("../outside");
    expect(lstatSync(join(root, "link")).mtimeMs).toBe(-1000);
    expect(readFileSync(join(root, "ü\u{1f600}"), "utf8")).toBe("ü");
  });

  test("without anything in it is a folder", async () => {
    const root = temporaryFolder();
    expect((await sendFolder(root, [])).code).toBe(0);
    expect(readdirSync(root)).toEqual([]);
  });

  test("replaces files and links that are there, and writes through none", async () => {
    const root = temporaryFolder();
    const outside = temporaryFolder();
    writeFileSync(join(root, "old"), "a longer text than the new one");
    mkdirSync(join(root, "same"));
    symlinkSync(outside, join(root, "folder"));
    symlinkSync(join(outside, "target"), join(root, "file"));
    const { code } = await sendFolder(root, [
      { stat: { path: "file" }, data: "new" },
      folder("folder"),
      { stat: { path: "folder/x" }, data: "x" },
      { stat: { path: "old" }, data: "new" },
      folder("same"),
    ]);
    expect(code).toBe(0);
    expect(readdirSync(outside)).toEqual([]);
    expect(readFileSync(join(root, "old"), "utf8")).toBe("new");
    expect(readFileSync(join(root, "folder/x"), "utf8")).toBe("x");
  });

  test.each<[string, readonly Sent[], number]>([
    ["an absolute path", [{ stat: { path: "/etc/evil" } }], 3],
    ["a path that climbs", [{ stat: { path: "../evil" } }], 3],
    ["a path that climbs later", [folder("a"), { stat: { path: "a/../../evil" } }], 3],
    ["a path that is not clean", [folder("a"), { stat: { path: "a//b" } }], 3],
    ["no path", [{ stat: { path: "" } }], 3],
    ["a dot", [{ stat: { path: "." } }], 3],
    ["a NUL", [{ stat: { path: "a\0b" } }], 3],
    ["a path without end", [{ stat: { path: "x".repeat(5000) } }], 3],
    ["a file in a folder it did not send", [{ stat: { path: "a/b" } }], 3],
    [
      "a file behind a link",
      [{ stat: { path: "a", mode: goMode.symlink, linkname: "/" } }, { stat: { path: "a/b" } }],
      3,
    ],
    ["a hard link to what it did not send", [{ stat: { path: "a", linkname: "../../etc/passwd" } }], 3],
    ["a link in the place of a folder", [folder("a"), { stat: { path: "a", mode: goMode.symlink, linkname: "/" } }], 2],
    ["less than announced", [{ stat: { path: "a", size: 10n }, data: "123" }], 15],
    ["more than announced", [{ stat: { path: "a", size: 1n }, data: "123" }], 15],
    ["a device", [{ stat: { path: "a", mode: goMode.device } }], 12],
  ])("that holds %s is refused", async (_, entries, expected) => {
    const root = temporaryFolder();
    expect(await sendFolder(root, entries)).toMatchObject({ code: expected });
  });

  test.each<[string, Partial<Packet>]>([
    ["contents nobody asked for", { type: Packet_PacketType.PACKET_DATA, ID: 5, data: Buffer.from("x") }],
    ["a request", { type: Packet_PacketType.PACKET_REQ }],
    ["an end that is none", { type: Packet_PacketType.PACKET_FIN }],
  ])("is given up at %s", async (_, packet) => {
    const { client } = await withSession(fileSendService([{ kind: "folder", open: async () => temporaryFolder() }]));
    const call = converse(client, sendPackets);
    call.resume();
    call.write(Packet.create(packet));
    expect(await statusOf(call)).toMatchObject({ code: 3 });
  });

  test("of a platform each may come at the same time", async () => {
    const root = temporaryFolder();
    const entries = (name: string): readonly Sent[] => [folder(name), { stat: { path: `${name}/file` }, data: name }];
    const ended = await Promise.all([
      sendFolder(root, entries("linux_amd64")),
      sendFolder(root, entries("linux_arm64")),
    ]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    expect(readFileSync(join(root, "linux_arm64/file"), "utf8")).toBe("linux_arm64");
  });
});
