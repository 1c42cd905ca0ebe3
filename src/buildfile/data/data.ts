/** What JSON and TOML documents hold, with places: the common ground from which both become bodies. */
import type { Span } from "../../base/span.ts";
import type { Excerpt } from "../hcl/excerpt.ts";

export type DataNode = DataNull | DataBoolean | DataNumber | DataString | DataArray | DataObject;

interface Node {
  readonly span: Span;
}

export interface DataNull extends Node {
  readonly kind: "null";
}

export interface DataBoolean extends Node {
  readonly kind: "boolean";
  readonly value: boolean;
}

/** `text` is decimal, as the native syntax writes it but for a leading `-`. */
export interface DataNumber extends Node {
  readonly kind: "number";
  readonly text: string;
}

export interface DataString extends Node {
  readonly kind: "string";
  /** The text that is meant, and where its characters stand in the file. */
  readonly content: Excerpt;
}

export interface DataArray extends Node {
  readonly kind: "array";
  readonly items: readonly DataNode[];
}

/** Entries in the order of the file; keys may repeat. */
export interface DataObject extends Node {
  readonly kind: "object";
  readonly entries: readonly DataEntry[];
}

export interface DataEntry {
  readonly key: DataString;
  readonly value: DataNode;
}
