/** One entry of a file system that is described rather than mounted: of a context, a layer, a result. */

export type TreeEntry = FolderEntry | FileEntry | SymlinkEntry | HardLinkEntry | SpecialEntry | WhiteoutEntry;

interface EntryBase {
  /** From the root: `usr/lib/x`, without a leading or trailing slash; `""` is the root itself. Valid Unicode. */
  readonly path: string;
  /** The twelve permission bits, setuid, setgid and sticky included. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Time of modification: whole seconds since the epoch, possibly negative, and the nanoseconds beyond (0 when read from an archive). */
  readonly seconds: number;
  readonly nanoseconds: number;
  /** `security.capability`, the one extended attribute layers carry. */
  readonly capability?: Uint8Array;
}

export interface FolderEntry extends EntryBase {
  readonly type: "folder";
  /** Whether what lower layers have in it is hidden (`.wh..wh..opq`). Read from foreign layers; ours never have it. */
  readonly opaque?: boolean;
}

export interface FileEntry extends EntryBase {
  readonly type: "file";
  readonly content: FileContent;
}

export interface SymlinkEntry extends EntryBase {
  readonly type: "symlink";
  /** As written. */
  readonly target: string;
}

/** A second name of a file of the same tree (of a layer: of the same layer). `mode` and the like are those of the file. */
export interface HardLinkEntry extends EntryBase {
  readonly type: "hardlink";
  /** The path of the entry that has the content, earlier in walk order. */
  readonly target: string;
}

export interface SpecialEntry extends EntryBase {
  readonly type: "fifo" | "character" | "block";
  /** Zero for a fifo. */
  readonly major: number;
  readonly minor: number;
}

/** Only in layers: `path` of the layers below is gone. Written as `.wh.name` with everything else zero. */
export interface WhiteoutEntry extends EntryBase {
  readonly type: "whiteout";
}

/** The bytes of a file, not read yet. */
export type FileContent = DiskContent | InlineContent | LayerContent | RangeContent;

export interface DiskContent {
  readonly kind: "disk";
  /** Absolute; never followed if it is a symlink by the time it is opened. */
  readonly file: string;
  readonly size: number;
  /** Tells whether the file is still the one that was looked at. */
  readonly fingerprint: Fingerprint;
}

export interface Fingerprint {
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly inode: bigint;
  readonly device: bigint;
}

export interface InlineContent {
  readonly kind: "inline";
  readonly bytes: Uint8Array;
  readonly size: number;
}

/** A range of a layer's uncompressed archive. */
export interface LayerContent {
  readonly kind: "layer";
  readonly diffId: string;
  readonly offset: number;
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** A range of a file that nobody changes: a member of an unpacked archive in the store. */
export interface RangeContent {
  readonly kind: "range";
  /** Absolute. */
  readonly file: string;
  readonly offset: number;
  readonly size: number;
}

/** Small texts made by an instruction: heredocs. */
export function inlineContent(bytes: Uint8Array): InlineContent {
  return { kind: "inline", bytes, size: bytes.length };
}
