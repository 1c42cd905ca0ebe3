/** What names stand for while a definition is evaluated. */
import type { Span } from "../../../base/span.ts";
import type { LanguageFunction } from "../../hcl/function.ts";
import type { Value } from "../../hcl/value.ts";
import type { BlockKind } from "../declarations.ts";
import type { Task } from "./demand.ts";

/** A task that finds a value; the unknown value until it has run, and for good when it failed. */
export interface ValueTask extends Task {
  /** Where it is declared, when a file does. */
  readonly span?: Span;
  readonly value: Value;
}

/** A value that is known from the beginning. */
export function constantTask(value: Value): ValueTask {
  return { title: "", value, dependencies: () => [], run: () => {}, abandon: () => {} };
}

export interface FunctionTask extends Task {
  /** How deep its body and those of the functions it calls are nested. */
  readonly depth: number;
  readonly callable: LanguageFunction;
}

/** A target or group as references see it: what its own block says. */
export interface ReferencedBlock {
  /** undefined for a name that is no attribute of such blocks. An attribute the block does not set has a value too. */
  readonly attribute: (name: string) => ValueTask | undefined;
  readonly attributeNames: readonly string[];
  /** The folder its context is relative to, when paths are relative to their files. */
  readonly contextFolder: string | undefined;
}

/** The declared names. */
export interface NameTable {
  readonly value: (name: string) => ValueTask | undefined;
  readonly valueNames: () => Iterable<string>;
  /** The functions of the language; they come before those declared. */
  readonly library: ReadonlyMap<string, LanguageFunction>;
  readonly function: (name: string) => FunctionTask | undefined;
  readonly functionNames: () => Iterable<string>;
  /**
   * Targets have names only after every matrix has been evaluated: `block` answers undefined before. Some stay unknown for good when
   * a matrix could not be evaluated.
   */
  readonly blocks: "unknown" | "partly known" | "known";
  readonly block: (kind: BlockKind, name: string) => ReferencedBlock | undefined;
  readonly blockNames: (kind: BlockKind) => Iterable<string>;
}

/** Where an expression stands: what it sees beside the declared names. */
export interface Place {
  /** Matrix axes or parameters; they shadow everything else, `target` included. */
  readonly bound: ReadonlyMap<string, Value>;
  /** Why `target.…` and `group.…` cannot be used here; absent when they can. */
  readonly noReferences?: string;
}

export const openPlace: Place = { bound: new Map() };

export function isBlockKind(name: string): name is BlockKind {
  return name === "target" || name === "group";
}

export interface Use {
  readonly name: string;
  readonly span: Span;
}
