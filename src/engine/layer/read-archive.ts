/** Tar archives of anybody's making, as the entries they would be unpacked to. */
import { createHash, type Hash } from "node:crypto";
import { BuildFailure } from "../../execute/ports.ts";
import type { FileContent, TreeEntry } from "../tree/entry.ts";
import { sha256Hex } from "./codec/sha256.ts";
import { Pace } from "./pace.ts";
import { ArchiveTree } from "./tar/archive-tree.ts";
import { ArchiveProblem, hasValidSum, type MemberHeader } from "./tar/member.ts";
import { MemberScanner } from "./tar/member-scanner.ts";

export interface ReadArchiveOptions {
  /** For people: `vendor.tar.gz`, `layer sha256:…`. */
  readonly name: string;
  /** Where the content of a file is found later, by its place in the uncompressed archive. */
  readonly contentOf: (place: MemberPlace) => FileContent;
  /** Whether `contentOf` needs the sha256. Costs the time of hashing. */
  readonly hash: boolean;
  /** Whether `.wh.` names take something away, as in layers. In other archives they are files. */
  readonly whiteouts: boolean;
  readonly signal: AbortSignal;
}

export interface MemberPlace {
  /** In bytes from the start of the uncompressed archive. */
  readonly offset: number;
  readonly size: number;
  /** Hexadecimal; empty unless it was asked for. */
  readonly sha256: string;
}

/**
 * The entries of an uncompressed tar archive, in its order, paths clean and inside: of several members of one name the last, the root left
 * out, folders that are not in it not made up. Rejects with a BuildFailure that names the archive and the member when it is damaged, cut, leads out of
 * itself or holds what cannot be unpacked.
 */
export async function readArchive(
  source: AsyncIterable<Uint8Array>,
  options: ReadArchiveOptions,
): Promise<readonly TreeEntry[]> {
  const tree = new ArchiveTree({ whiteouts: options.whiteouts });
  const scanner = new MemberScanner(new EntryCollector(tree, options));
  try {
    const pace = new Pace(options.signal);
    for await (const bytes of source) {
      options.signal.throwIfAborted();
      scanner.push(bytes);
      if (pace.over) await pace.rest();
    }
    scanner.finish();
    return tree.entries();
  } catch (error) {
    throw error instanceof ArchiveProblem ? badArchive(options.name, error) : error;
  }
}

/** Whether content of which this is the start is a tar archive: a header with the right checksum. */
export function looksLikeTar(start: Uint8Array): boolean {
  const block = Buffer.from(start.buffer, start.byteOffset, Math.min(start.length, 512));
  return block.length === 512 && block.some((byte) => byte !== 0) && hasValidSum(block);
}

export function badArchive(name: string, problem: Error): BuildFailure {
  return new BuildFailure("build/bad-archive", `${name} cannot be unpacked: ${problem.message}`, {
    hint: "list it with tar -tvf to see what it holds, and make it anew",
    cause: problem,
  });
}

class EntryCollector {
  readonly #tree: ArchiveTree;
  readonly #options: ReadArchiveOptions;
  #member: { readonly header: MemberHeader; readonly offset: number } | undefined;
  #hash: Hash | undefined;
  #sha256 = "";

  constructor(tree: ArchiveTree, options: ReadArchiveOptions) {
    this.#tree = tree;
    this.#options = options;
  }

  begin = (header: MemberHeader, _: Buffer, offset: number): void => {
    this.#member = { header, offset };
    this.#hash = undefined;
    this.#sha256 = this.#options.hash && header.size === 0 ? sha256Hex(new Uint8Array()) : "";
  };

  content = (bytes: Buffer): void => {
    if (!this.#options.hash || !this.#member) return;
    if (bytes.length === this.#member.header.size) {
      this.#sha256 = sha256Hex(bytes);
    } else {
      this.#hash ??= createHash("sha256");
      this.#hash.update(bytes);
    }
  };

  end = (): void => {
    if (!this.#member) return;
    const { header, offset } = this.#member;
    const sha256 = this.#hash ? this.#hash.digest("hex") : this.#sha256;
    this.#tree.add(header, () => this.#options.contentOf({ offset, size: header.size, sha256 }));
  };
}
