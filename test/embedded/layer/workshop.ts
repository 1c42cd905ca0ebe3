/** A store in a folder of its own, layers in it, and entries made by hand. */
import { createHash } from "node:crypto";
import { lstatSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Layer, LayerOrigin, LayerStore } from "../../../src/engine/layer/layer.ts";
import { openLayerStore } from "../../../src/engine/layer/layer-store.ts";
import { encodeHeader, paddingOf, type TarHeader, trailer } from "../../../src/engine/layer/tar/go-tar.ts";
import { openStore } from "../../../src/engine/store/open-store.ts";
import type { EngineStore } from "../../../src/engine/store/store.ts";
import { type DiskContent, inlineContent, type TreeEntry } from "../../../src/engine/tree/entry.ts";
import { sha256Digest } from "../../../src/oci/digest.ts";

export interface Workshop extends AsyncDisposable {
  readonly folder: string;
  readonly store: EngineStore;
  readonly layers: LayerStore;
}

export async function openWorkshop(): Promise<Workshop> {
  const folder = mkdtempSync(join(tmpdir(), "tsbake-layers-"));
  const store = await openStore(join(folder, "cache"));
  return {
    folder,
    store,
    layers: openLayerStore(store),
    [Symbol.asyncDispose]: async () => {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const never: AbortSignal = new AbortController().signal;

export const attributes = { mode: 0o644, uid: 0, gid: 0, seconds: 1_600_000_000, nanoseconds: 0 };

export function file(path: string, text: string | Uint8Array, more: Partial<typeof attributes> = {}): TreeEntry {
  return { ...attributes, ...more, type: "file", path, content: inlineContent(Buffer.from(text)) };
}

export function folder(path: string, more: Partial<typeof attributes> & { opaque?: boolean } = {}): TreeEntry {
  return { ...attributes, mode: 0o755, ...more, type: "folder", path };
}

export function onDisk(path: string, file: string): TreeEntry {
  return { ...attributes, type: "file", path, content: diskContent(file) };
}

export function diskContent(file: string): DiskContent {
  const { mtimeNs, ctimeNs, ino, dev, size } = lstatSync(file, { bigint: true });
  return { kind: "disk", file, size: Number(size), fingerprint: { mtimeNs, ctimeNs, inode: ino, device: dev } };
}

export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** A member with whatever a header can be made to say. */
export interface Member extends Partial<TarHeader> {
  readonly name: string;
  readonly text?: string;
  /** Changes the header after it was made; its sum is put right. */
  readonly bend?: (block: Buffer) => void;
  /** The sum is left wrong. */
  readonly wrongSum?: boolean;
}

export function tarOf(members: readonly Member[], end: Uint8Array = trailer): Buffer {
  const blocks = members.flatMap(({ text = "", bend, wrongSum, ...header }) => {
    const size = header.size ?? Buffer.byteLength(text);
    const block = encodeHeader({ type: "0", mode: 0o644, uid: 0, gid: 0, seconds: 7, ...header, size });
    bend?.(block.subarray(-512));
    seal(block.subarray(-512));
    if (wrongSum) block[block.length - 512 + 148] = 0x37;
    return [block, Buffer.from(text), Buffer.alloc(paddingOf(Buffer.byteLength(text)))];
  });
  return Buffer.concat([...blocks, end]);
}

export function seal(block: Buffer): void {
  block.write("        ", 148, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
}

/** A layer of somebody else's: `blob` is what a registry would give out for it. */
export function foreign(
  archive: Uint8Array,
  blob: Uint8Array = archive,
  more: Partial<LayerOrigin["descriptor"]> & { fetch?: LayerOrigin["fetch"] } = {},
): Layer {
  const { fetch, ...descriptor } = more;
  return {
    diffId: sha256Digest(archive),
    origin: {
      descriptor: {
        mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip",
        digest: sha256Digest(blob),
        size: blob.length,
        ...descriptor,
      },
      fetch:
        fetch ??
        (async (_signal, offset = 0) =>
          (async function* () {
            yield blob.subarray(offset);
          })()),
    },
  };
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The same pseudo-random bytes for the same seed; `dense` ones do not compress. */
export function bytesOf(size: number, seed: number, dense = false): Buffer {
  const bytes = Buffer.alloc(size);
  let state = seed * 2_654_435_761 + 1;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = dense ? state >>> 24 : 97 + ((state >>> 28) & 7);
  }
  return bytes;
}
