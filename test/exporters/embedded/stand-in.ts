/** A layer store that holds a few small layers, and a request to write them: what the exporters are tested with. */
import { createHash } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import type { Layer, LayerStore } from "../../../src/engine/layer/layer.ts";
import { noSources } from "../../../src/engine/provenance/build-sources.ts";
import type { StageResult } from "../../../src/engine/result.ts";
import type { EngineStore } from "../../../src/engine/store/store.ts";
import type { TreeEntry } from "../../../src/engine/tree/entry.ts";
import { inlineContent } from "../../../src/engine/tree/entry.ts";
import type { WriteRequest } from "../../../src/exporters/embedded/request.ts";
import { mediaTypes } from "../../../src/oci/descriptor.ts";
import type { Digest } from "../../../src/oci/digest.ts";

const looks = { mode: 0o644, uid: 0, gid: 0, seconds: 1_600_000_000, nanoseconds: 0 };

export function file(path: string, content: string | Uint8Array, more: Partial<TreeEntry> = {}): TreeEntry {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return { ...looks, ...more, type: "file", path, content: inlineContent(bytes) };
}

export function folder(path: string, more: Partial<TreeEntry> = {}): TreeEntry {
  return { ...looks, mode: 0o755, ...more, type: "folder", path };
}

export function link(path: string, target: string): TreeEntry {
  return { ...looks, mode: 0o777, type: "symlink", path, target };
}

export function hardLink(path: string, target: string): TreeEntry {
  return { ...looks, type: "hardlink", path, target };
}

export function whiteout(path: string): TreeEntry {
  return { ...looks, mode: 0, type: "whiteout", path };
}

interface Held {
  readonly entries: readonly TreeEntry[];
  readonly archive: Uint8Array;
}

/** Blobs are written to a folder of the test. `made` lists what was encoded, in order. */
export class StandInLayers implements LayerStore {
  readonly made: string[] = [];
  readonly #folder: string;
  readonly #held = new Map<Digest, Held>();

  constructor(folder_: string) {
    this.#folder = folder_;
  }

  async add(...entries: readonly TreeEntry[]): Promise<Layer> {
    const archive = await archiveOf(entries);
    const diffId = digestOf(archive);
    this.#held.set(diffId, { entries, archive });
    return { diffId };
  }

  readonly pack: LayerStore["pack"] = async (entries) => ({
    layer: await this.add(...entries),
    contents: new Map(),
  });

  readonly entries: LayerStore["entries"] = async ({ diffId }) => this.#get(diffId).entries;

  archive(layer: Layer): AsyncIterable<Uint8Array> {
    const { archive } = this.#get(layer.diffId);
    return (async function* () {
      yield archive;
    })();
  }

  readonly blob: LayerStore["blob"] = async ({ diffId, origin }, { compression }, { force }) => {
    const plain = this.#get(diffId).archive;
    this.made.push(`${compression} ${diffId}`);
    const bytes = compression === "uncompressed" ? plain : gzipSync(plain);
    const digest = digestOf(bytes);
    const path = join(this.#folder, digest.slice(7));
    if (!existsSync(path)) writeFileSync(path, bytes);
    const mediaType = compression === "uncompressed" ? mediaTypes.ociLayer : mediaTypes.ociLayerGzip;
    if (origin !== undefined && force !== true) return { descriptor: origin.descriptor, diffId, file: path };
    return { descriptor: { mediaType, digest, size: bytes.length }, diffId, file: path };
  };

  readonly clamped: LayerStore["clamped"] = async ({ diffId }, epoch) => {
    const { entries } = this.#get(diffId);
    return await this.add(...entries.map((entry) => ({ ...entry, seconds: Math.min(entry.seconds, epoch) })));
  };

  readonly has: LayerStore["has"] = async ({ diffId }) => this.#held.has(diffId);

  #get(diffId: Digest): Held {
    const held = this.#held.get(diffId);
    if (held === undefined) throw new Error(`no layer ${diffId}`);
    return held;
  }
}

export function resultOf(layers: readonly Layer[], more: Partial<StageResult> = {}): StageResult {
  const env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"];
  return {
    platform: { os: "linux", architecture: "amd64" },
    layers,
    config: { Env: env, WorkingDir: "/" },
    history: layers.map((_, i) => ({ created_by: `COPY ${i} / # buildkit`, comment: "buildkit.dockerfile.v0" })),
    sources: noSources,
    ...more,
  };
}

const nothing = (): never => {
  throw new Error("the exporter asked for what this test does not have");
};

export function requestOf(
  layers: LayerStore,
  results: readonly StageResult[],
  more: Pick<WriteRequest, "exporter" | "sink"> & Partial<WriteRequest>,
): WriteRequest {
  const store: EngineStore = {
    folder: "/nowhere",
    blobs: { has: nothing, file: nothing, size: nothing, create: nothing, put: nothing, read: nothing },
    records: { find: nothing, save: nothing, remove: nothing },
    hashes: { find: nothing, learn: nothing, open: nothing },
    temporaryFolder: nothing,
    room: nothing,
    lease: () => {},
    close: async () => {},
  };
  return {
    results,
    attributes: new Map(),
    target: { name: "app", attest: [] },
    layers,
    store,
    registry: nothing,
    invocation: {
      startedMs: 1_750_000_000_000,
      finishedMs: 1_750_000_001_000,
      builderPlatform: { os: "linux", architecture: "amd64" },
      parameters: new Map([["filename", "Dockerfile"]]),
    },
    signal: new AbortController().signal,
    ...more,
  };
}

async function archiveOf(entries: readonly TreeEntry[]): Promise<Uint8Array> {
  const archive = pack();
  for (const entry of entries) {
    const header = { mode: entry.mode, uid: entry.uid, gid: entry.gid, mtime: new Date(entry.seconds * 1000) };
    if (entry.type === "file") {
      const { content } = entry;
      if (content.kind !== "inline") throw new Error("only small files");
      archive.entry({ ...header, name: entry.path, type: "file" }, Buffer.from(content.bytes));
    } else if (entry.type === "folder") archive.entry({ ...header, name: `${entry.path}/`, type: "directory" });
    else if (entry.type === "symlink") {
      archive.entry({ ...header, name: entry.path, type: "symlink", linkname: entry.target });
    } else if (entry.type === "hardlink") {
      archive.entry({ ...header, name: entry.path, type: "link", linkname: entry.target });
    } else if (entry.type === "whiteout") {
      archive.entry({ ...header, name: entry.path.replace(/([^/]+)$/, ".wh.$1"), type: "file" }, "");
    }
  }
  archive.finalize();
  return await buffer(archive);
}

function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
