/** COPY, ADD and WORKDIR as what they do to a file system (embedded-engine.md 2.11; parity rules 1 to 21). */
import type { DiskContent, FileContent, TreeEntry } from "../tree/entry.ts";
import type { Tree } from "../tree/tree.ts";

export interface CopyRequest {
  /** What is there already. Not looked at with `link`. */
  readonly base: Tree;
  readonly items: readonly CopyItem[];
  /** Absolute, a trailing slash or `/.` kept: it says that the destination is a folder. */
  readonly destination: string;
  /** As the flag has it, expanded: `app:staff`, `1000`, `:50`. */
  readonly owner?: string;
  /** Octal or symbolic. */
  readonly mode?: string;
  /** Only without `mode` does it make a layer that stands on nothing: see `standsAlone`. */
  readonly link: boolean;
  /** Where names of owners are looked up; the base, as a rule. */
  readonly accounts: Accounts;
  /** Given to folders that are made on the way and to heredocs. Whole seconds. */
  readonly nowSeconds: number;
  /** Hexadecimal sha256 of a file on disk, where that is known without reading it. */
  readonly knownHash?: (content: DiskContent) => string | undefined;
}

/** Reads small files of an image: `etc/passwd`, `etc/group`. Undefined when there is no such file. */
export type Accounts = (path: string) => Promise<string | undefined>;

export type CopyItem =
  /** Paths or patterns of a context, a stage or an image. */
  | {
      readonly kind: "paths";
      readonly tree: Tree;
      readonly patterns: readonly string[];
      readonly excludes: readonly string[];
      readonly parents: boolean;
      /** Local archives are unpacked (ADD). */
      readonly unpack: boolean;
      /** A context: everything belongs to root, however the machine has it. */
      readonly ownerless: boolean;
      /** The archive's entries; asked for files that begin like one. */
      readonly openArchive?: OpenArchive;
      /** For people: `the build context`, `stage "build"`. */
      readonly origin?: string;
      /** Whether ignore rules leave a path out that is there: it says why a source is missing. */
      readonly excluded?: (path: string) => boolean;
    }
  /** A heredoc, a file fetched from an address: one file with a name of its own. */
  | {
      readonly kind: "file";
      readonly name: string;
      readonly content: FileContent;
      readonly mode: number;
      readonly seconds: number;
      readonly unpack: boolean;
      readonly openArchive?: OpenArchive;
    };

/** Undefined when the file is no archive. Entries in the order of the archive, paths cleaned and inside. */
export type OpenArchive = (content: FileContent) => Promise<readonly TreeEntry[] | undefined>;

export interface CopyPlan {
  /** In walk order, parents included: what `LayerStore.pack` takes. Empty when nothing changes. */
  readonly entries: readonly TreeEntry[];
  readonly warnings: readonly CopyWarning[];
}

export interface CopyWarning {
  readonly code: "several-sources-to-file" | "no-match" | "unknown-owner" | "whiteout-name";
  readonly message: string;
  readonly hint: string;
}
