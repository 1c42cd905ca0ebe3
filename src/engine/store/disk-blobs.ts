/** Content by digest, one file each. */
import { lstatSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { errnoCode } from "../../base/errors.ts";
import { type Digest, digestHex, sha256Digest } from "../../oci/digest.ts";
import { BlobFile } from "./blob-file.ts";
import { isSealed } from "./blob-seal.ts";
import type { StoreLayout } from "./layout.ts";
import type { ProcessFolder } from "./process-folder.ts";
import type { BlobStore, BlobWriter } from "./store.ts";
import { storeError } from "./store-error.ts";

export class DiskBlobs implements BlobStore {
  readonly #layout: StoreLayout;
  readonly #own: ProcessFolder;
  #writtenBytes = 0;

  constructor(layout: StoreLayout, own: ProcessFolder) {
    this.#layout = layout;
    this.#own = own;
  }

  /** Of all blobs that were new. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  async has(digest: Digest): Promise<boolean> {
    return blobSize(this.file(digest)) !== undefined;
  }

  file(digest: Digest): string {
    if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Error(`not a digest of a blob: ${digest}`);
    return join(this.#layout.blobs, digestHex(digest));
  }

  async size(digest: Digest): Promise<number | undefined> {
    return blobSize(this.file(digest));
  }

  create(): Promise<BlobWriter> {
    return BlobFile.create({
      staged: this.#own.newPath("blob"),
      fileOf: (digest) => this.file(digest),
      lease: (digest) => this.#own.lease(digest),
      onPublished: (sizeBytes) => {
        this.#writtenBytes += sizeBytes;
      },
      failure: (error) => storeError(error, this.#layout.root),
    });
  }

  async put(content: Uint8Array): Promise<{ readonly digest: Digest; readonly size: number }> {
    const digest = sha256Digest(content);
    this.#own.lease(digest);
    if (blobSize(this.file(digest)) === content.length) return { digest, size: content.length };
    const writer = await this.create();
    try {
      await writer.write(content);
      return await writer.commit(digest);
    } finally {
      await writer.discard();
    }
  }

  async read(digest: Digest): Promise<Uint8Array | undefined> {
    if (!(await this.has(digest))) return undefined;
    try {
      const content = await readFile(this.file(digest));
      return sha256Digest(content) === digest ? content : undefined;
    } catch (error) {
      if (errnoCode(error) === "ENOENT") return undefined;
      throw storeError(error, this.#layout.root);
    }
  }
}

/** In bytes; undefined when there is no blob, or it is not as it was left. */
function blobSize(file: string): number | undefined {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  return stats !== undefined && isSealed(stats) ? stats.size : undefined;
}
