/** The plan: what will be built, in which dependency, and written as what. Plain data, a directed acyclic graph. */
import type {
  AttestEntry,
  CacheEntry,
  OutputEntry,
  PolicyEntry,
  Resources,
  SecretEntry,
  SshEntry,
} from "../buildfile/attributes/entries.ts";
import type { TargetDefinition, TargetSettings } from "../buildfile/definition.ts";
import type { RemoteTree } from "../buildfile/remote-tree.ts";

/** A target with everything decided: inherited, overridden, normalised, defaults filled in. What `print` shows. */
export interface Target {
  readonly name: string;
  readonly description?: string;
  /** A cleaned path relative to the working folder, an absolute one, or a remote address. */
  readonly context: string;
  readonly dockerfile: string;
  readonly dockerfileInline?: string;
  readonly contexts: ReadonlyMap<string, string>;
  readonly args: ReadonlyMap<string, string>;
  readonly labels: ReadonlyMap<string, string>;
  readonly tags: readonly string[];
  readonly platforms: readonly string[];
  readonly annotations: readonly string[];
  readonly output: readonly OutputEntry[];
  readonly cacheFrom: readonly CacheEntry[];
  readonly cacheTo: readonly CacheEntry[];
  readonly secret: readonly SecretEntry[];
  readonly ssh: readonly SshEntry[];
  readonly attest: readonly AttestEntry[];
  readonly policy: readonly PolicyEntry[];
  /** The stage of the Dockerfile. */
  readonly stage?: string;
  readonly network?: string;
  readonly pull?: boolean;
  readonly noCache?: boolean;
  readonly noCacheFilter: readonly string[];
  readonly shmSize?: string;
  readonly ulimits: readonly string[];
  readonly resources?: Resources;
  readonly call?: string;
  readonly entitlements: readonly string[];
  readonly extraHosts: ReadonlyMap<string, string>;
  /** Not asked for: built only because another target links to it, without outputs. */
  readonly linkedOnly: boolean;
  /** Set when the build files were read from elsewhere. */
  readonly remote?: RemoteInputs;
  /** The merged settings it was made from, for `explain`. */
  readonly settings: TargetSettings;
  readonly definition: TargetDefinition;
}

/** Which inputs of a target are folders of the tree that its build file was read from. */
export interface RemoteInputs {
  readonly tree: RemoteTree;
  /** A path in the tree; absent when the context is local, or an address. */
  readonly context?: string;
  /** Name to path in the tree. */
  readonly contexts: ReadonlyMap<string, string>;
}

/** `app#0`: the target and the index of the output among its outputs. */
export type BuildId = string;

/** One target with one exporter. A target with three outputs is three builds; one without outputs is one build with none. */
export interface Build {
  readonly id: BuildId;
  readonly target: string;
  /** Absent: nothing is exported (the node decides on a default, or the result stays in the cache). */
  readonly output?: OutputEntry;
  /** The first build of the same target, when this is a repeated export: it waits for it and finds everything in the cache. */
  readonly repeats?: BuildId;
  /** Named contexts fed by other targets: context name to the first build of the target. */
  readonly links: ReadonlyMap<string, BuildId>;
}

export interface PrintedGroup {
  readonly description?: string;
  readonly targets: readonly string[];
}

export interface Plan {
  readonly groups: ReadonlyMap<string, PrintedGroup>;
  /** Sorted by name in byte order; linked-only targets included. */
  readonly targets: ReadonlyMap<string, Target>;
  /** In an order in which every build comes after those it waits for. */
  readonly builds: readonly Build[];
}
