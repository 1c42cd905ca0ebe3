/**
 * The definition: what a set of build files says, evaluated and merged, before anything is selected, inherited or
 * overridden. Plain data.
 */
import type { Span } from "../base/span.ts";
import type {
  AttestEntry,
  CacheEntry,
  OutputEntry,
  PolicyEntry,
  Resources,
  SecretEntry,
  SshEntry,
} from "./attributes/entries.ts";
import type { Expression } from "./hcl/syntax.ts";
import type { RemoteTree } from "./remote-tree.ts";

/** Where a value was said. */
export type Origin =
  | {
      readonly kind: "file";
      readonly span: Span;
      /** The target, group or variable whose block holds it. */
      readonly block: string;
      /** The attribute's value as it was written, of which `span` may be a part. */
      readonly expression?: Expression;
      /** The matrix cell of the block: axis name to the value as text. */
      readonly cell?: ReadonlyMap<string, string>;
    }
  | { readonly kind: "compose"; readonly span: Span; readonly service: string }
  | { readonly kind: "override" /** As given: `--set app.args.X=1`, `--push`. */; readonly flag: string }
  /** `span` is the place in an env file; without it the variable is one of the process. */
  | { readonly kind: "environment"; readonly variable: string; readonly span?: Span }
  | { readonly kind: "default" };

/** A value, where it was said, and what it replaced, so that `explain` can tell the whole story. */
export interface Setting<T> {
  readonly value: T;
  readonly origin: Origin;
  readonly replaced?: Setting<T>;
}

/**
 * What a target's blocks set, in the shape of spec section 16. Absent means never set; an empty list is set (it clears what is
 * inherited). List attributes that merge by replacing are one setting of the whole list; those that append are lists of settings.
 */
export interface TargetSettings {
  readonly description?: Setting<string>;
  readonly context?: Setting<string>;
  readonly dockerfile?: Setting<string>;
  readonly "dockerfile-inline"?: Setting<string>;
  readonly target?: Setting<string>;
  readonly network?: Setting<string>;
  readonly "shm-size"?: Setting<string>;
  readonly call?: Setting<string>;
  readonly pull?: Setting<boolean>;
  readonly "no-cache"?: Setting<boolean>;

  readonly args?: ReadonlyMap<string, Setting<string>>;
  readonly labels?: ReadonlyMap<string, Setting<string>>;
  readonly "extra-hosts"?: ReadonlyMap<string, Setting<string>>;
  readonly contexts?: ReadonlyMap<string, Setting<string>>;

  readonly tags?: Setting<readonly string[]>;
  readonly platforms?: Setting<readonly string[]>;
  readonly output?: Setting<readonly OutputEntry[]>;
  readonly "cache-to"?: Setting<readonly CacheEntry[]>;

  readonly annotations?: readonly Setting<string>[];
  readonly "no-cache-filter"?: readonly Setting<string>[];
  readonly ulimits?: readonly Setting<string>[];
  readonly entitlements?: readonly Setting<string>[];
  readonly inherits?: readonly Setting<string>[];
  readonly "cache-from"?: readonly Setting<CacheEntry>[];
  readonly secret?: readonly Setting<SecretEntry>[];
  readonly ssh?: readonly Setting<SshEntry>[];
  readonly attest?: readonly Setting<AttestEntry>[];
  readonly policy?: readonly Setting<PolicyEntry>[];

  readonly resources?: Setting<Resources>;
}

export interface TargetDefinition {
  readonly name: string;
  /** The label of its (last) block; absent for targets that no file holds. */
  readonly span?: Span;
  readonly settings: TargetSettings;
  /** The matrix cell it was made from: axis name to the value as text. */
  readonly cell?: ReadonlyMap<string, string>;
  /** What a context nobody set is, instead of `.`: the folder of its (last) block's file, when paths are relative to their files. */
  readonly folder?: string;
}

export interface GroupDefinition {
  readonly name: string;
  readonly span?: Span;
  readonly description?: string;
  /** As written, repeated names once. */
  readonly targets: readonly string[];
  /** Made from a matrix block: its cells' group. */
  readonly fromMatrix: boolean;
}

export interface VariableDefinition {
  readonly name: string;
  readonly span?: Span;
  readonly description?: string;
  /** Friendly: `string`, `list of string`, `any type`; absent when untyped. */
  readonly type?: string;
  /** The final value: text for untyped primitives, JSON for others; absent for null. */
  readonly value?: string;
  /** Where the value came from: the default, the environment (which name), `--var`. */
  readonly origin: Origin;
  /** Everything that could have given the value, by precedence; the first is where it came from. */
  readonly candidates: readonly VariableCandidate[];
}

/** Something that was said of a variable's value. */
export interface VariableCandidate {
  readonly origin: Origin;
  /** As given, or as written in the file; absent when a variable is declared without a default. */
  readonly text?: string;
  /** Why it counts, or why it does not. */
  readonly reason: string;
}

/** A top level attribute: a constant. */
export interface GlobalDefinition {
  readonly name: string;
  readonly expression: Expression;
  /** As text; absent for null, and for what could not be evaluated. */
  readonly value?: string;
}

export interface FunctionDefinition {
  readonly name: string;
  readonly span: Span;
  readonly parameters: ReadonlySet<string>;
  readonly result?: Expression;
}

export interface Definition {
  /** In order of first appearance. */
  readonly targets: ReadonlyMap<string, TargetDefinition>;
  readonly groups: ReadonlyMap<string, GroupDefinition>;
  readonly variables: ReadonlyMap<string, VariableDefinition>;
  readonly globals?: ReadonlyMap<string, GlobalDefinition>;
  readonly functions?: ReadonlyMap<string, FunctionDefinition>;
  /** Set when the build files were read from elsewhere. */
  readonly remote?: RemoteTree;
}
