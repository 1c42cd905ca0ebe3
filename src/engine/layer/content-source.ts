/**
 * Content as it is read into a layer: one open file at a time, straight into the chunk. Synchronous, because asking Node's threads for
 * every one of fifty thousand small files costs seven times as much.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { errnoCode, messageOf } from "../../base/errors.ts";
import { BuildFailure } from "../../execute/ports.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import type { EngineStore } from "../store/store.ts";
import type { DiskContent, FileContent, LayerContent, RangeContent } from "../tree/entry.ts";
import { type ArchiveReader, damagedLayer, openArchiveReader } from "./archive-reader.ts";

export interface ContentSource {
  /** Fills the target with the next bytes. */
  readonly read: (target: Uint8Array) => void;
  /** Called after the last byte: throws when the content changed while it was read. */
  readonly verify: () => void;
  /** Idempotent. */
  readonly close: () => void;
}

/** Opens contents; what several of them share stays open until it is closed itself. */
export class ContentSources {
  readonly #store: EngineStore;
  readonly #archives = new Map<string, ArchiveReader>();

  constructor(store: EngineStore) {
    this.#store = store;
  }

  /** What has to be there before `open`: a promise only where something has to be looked up. Rejects with a BuildFailure when it is gone. */
  reach(content: FileContent): Promise<void> | undefined {
    return content.kind === "layer" && !this.#archives.has(content.diffId)
      ? this.#openArchive(content.diffId)
      : undefined;
  }

  /** Throws a BuildFailure naming the path when the file is gone, not readable, or not the one that was looked at. */
  open(path: string, content: FileContent): ContentSource {
    switch (content.kind) {
      case "disk":
        return openDisk(path, content);
      case "inline":
        return openInline(content.bytes);
      case "range":
        return openRange(path, content);
      case "layer": {
        const archive = this.#archives.get(content.diffId);
        if (!archive) throw missingLayer(content.diffId);
        return openMember(archive, content);
      }
    }
  }

  close(): void {
    for (const archive of this.#archives.values()) archive.close();
    this.#archives.clear();
  }

  async #openArchive(diffId: string): Promise<void> {
    const archive = isDigest(diffId) ? await openArchiveReader(this.#store, diffId) : undefined;
    if (!archive) throw missingLayer(diffId);
    this.#archives.get(diffId)?.close();
    this.#archives.set(diffId, archive);
  }
}

/** Not a bug of whoever built on the layer: the cache was pruned meanwhile. */
export function missingLayer(diffId: Digest | string): BuildFailure {
  return new BuildFailure("build/layer-missing", `layer ${diffId} is not in the build cache any more`, {
    hint: "it was pruned while it was in use: build again",
    retryable: true,
  });
}

/** A file of this machine, and what it becomes: for messages. */
interface NamedFile {
  readonly path: string;
  readonly file: string;
}

function openDisk(path: string, content: DiskContent): ContentSource {
  const named = { path, file: content.file };
  const descriptor = openFile(named);
  return {
    ...fileReader(named, descriptor, 0),
    verify: () => {
      const { mtimeNs, ino, size } = fstatSync(descriptor, { bigint: true });
      const { fingerprint } = content;
      if (mtimeNs !== fingerprint.mtimeNs || ino !== fingerprint.inode || size !== BigInt(content.size))
        throw changed(named);
    },
  };
}

function openRange(path: string, { file, offset }: RangeContent): ContentSource {
  const named = { path, file };
  return { ...fileReader(named, openFile(named), offset), verify: () => {} };
}

function fileReader(named: NamedFile, descriptor: number, offset: number): Pick<ContentSource, "read" | "close"> {
  let position = offset;
  let open = true;
  return {
    read: (target) => {
      for (let done = 0; done < target.length; ) {
        const bytes = told(named, () => readSync(descriptor, target, done, target.length - done, position));
        if (bytes === 0) throw changed(named);
        done += bytes;
        position += bytes;
      }
    },
    close: () => {
      if (open) closeSync(descriptor);
      open = false;
    },
  };
}

function openInline(bytes: Uint8Array): ContentSource {
  let position = 0;
  return {
    read: (target) => {
      target.set(bytes.subarray(position, position + target.length));
      position += target.length;
    },
    verify: () => {},
    close: () => {},
  };
}

function openMember(archive: ArchiveReader, { diffId, offset }: LayerContent): ContentSource {
  let position = offset;
  return {
    read: (target) => {
      if (position + target.length > archive.size) throw damagedLayer(diffId);
      archive.read(position, target);
      position += target.length;
    },
    verify: () => {},
    close: () => {},
  };
}

/** A link is never followed; a fifo that took the file's place does not make us wait. */
function openFile(named: NamedFile): number {
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  return told(named, () => openSync(named.file, flags));
}

/** What the file system says, with the name of the file: it has gone, something else took its place, or it is not for us to read. */
function told(named: NamedFile, call: () => number): number {
  try {
    return call();
  } catch (error) {
    const code = errnoCode(error) ?? "";
    throw replacedCodes.has(code) ? changed(named, error) : unreadable(named, error);
  }
}

const replacedCodes: ReadonlySet<string> = new Set([
  "ENOENT",
  "ENOTDIR",
  "ELOOP",
  "EMLINK",
  "ENXIO",
  "ESPIPE",
  "EISDIR",
]);

function unreadable({ path, file }: NamedFile, cause: unknown): BuildFailure {
  return new BuildFailure("build/file-unreadable", `cannot read ${file}, which becomes /${path}: ${messageOf(cause)}`, {
    hint: "give yourself the permission to read it, or leave it out with a line in .dockerignore",
    cause,
  });
}

function changed({ path, file }: NamedFile, cause?: unknown): BuildFailure {
  return new BuildFailure("build/file-changed", `${file}, which becomes /${path}, changed while it was read`, {
    hint: "something writes to the build context: let it finish and build again, or leave the file out with a line in .dockerignore",
    retryable: true,
    ...(cause === undefined ? {} : { cause }),
  });
}
