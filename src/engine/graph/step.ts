/**
 * A build as steps: what changes files, and what that is made from. What only changes the configuration of the image is no step. Steps are
 * plain data; equal ones have equal ids, whichever target they belong to, and run once.
 */
import { createHash } from "node:crypto";
import type { Span } from "../../base/span.ts";
import type { IgnoreFilter } from "../../dockerfile/ignore/ignore-filter.ts";
import type { Platform } from "../../oci/platform.ts";
import type { Layer } from "../layer/layer.ts";
import type { RunCommand } from "../run/request.ts";
import type { Tree } from "../tree/tree.ts";

export type Step = BaseStep | ImageStep | FolderStep | CopyStep | WorkdirStep | RunStep;

interface StepBase {
  /** A digest of everything that decides the result, as far as it is known before anything runs. */
  readonly id: string;
  /** `[build 2/5] RUN make`. */
  readonly name: string;
  /** What it stands on; absent on an empty file system. */
  readonly base?: Step;
  /** The instruction; absent for what no instruction says. */
  readonly span?: Span;
  /** Done even when the result is known. */
  readonly ignoreCache: boolean;
}

/** Layers that are known: of an image that others build on, of a linked target. */
export interface BaseStep extends StepBase {
  readonly kind: "base";
  readonly layers: readonly Layer[];
}

/** An image of which only the files are wanted. */
export interface ImageStep extends StepBase {
  readonly kind: "image";
  readonly reference: string;
  readonly platform: Platform;
  readonly pull: boolean;
  /** A way out where there is no such image: the name of a stage is near. */
  readonly mayMean?: string;
}

/** A context as a file system of its own. */
export interface FolderStep extends StepBase {
  readonly kind: "folder";
  readonly context: BuildContext;
}

export interface CopyStep extends StepBase {
  readonly kind: "copy";
  readonly sources: readonly CopySource[];
  readonly destination: string;
  readonly owner?: string;
  readonly mode?: string;
  readonly link: boolean;
  /** Of folders that are made on the way, and of heredocs; the time of the build when there is none. */
  readonly epochSeconds?: number;
}

export type CopySource =
  | {
      readonly kind: "paths";
      readonly from: BuildContext | Step;
      readonly patterns: readonly string[];
      readonly excludes: readonly string[];
      readonly parents: boolean;
      readonly unpack: boolean;
    }
  | { readonly kind: "text"; readonly name: string; readonly text: string }
  | { readonly kind: "http"; readonly url: string; readonly checksum?: string; readonly unpack: boolean }
  | {
      readonly kind: "git";
      readonly address: string;
      /** See `Grants`. */
      readonly grant?: string;
      readonly checksum?: string;
      readonly keepGitDir: boolean;
      readonly excludes: readonly string[];
    };

export interface WorkdirStep extends StepBase {
  readonly kind: "workdir";
  readonly path: string;
  readonly user: string;
  readonly epochSeconds?: number;
}

export interface RunStep extends StepBase, RunCommand {
  readonly kind: "run";
  /** As the user wrote it, for messages. */
  readonly command: string;
  /** Handed to the command whatever its environment says, but no part of what it is. */
  readonly proxies: readonly (readonly [string, string])[];
  readonly mounts: readonly StepMount[];
}

/** A mount whose sources are steps and contexts, and whose secrets are names. */
export type StepMount =
  | {
      readonly type: "cache";
      readonly target: string;
      readonly id: string;
      readonly sharing: "shared" | "private" | "locked";
      readonly readOnly: boolean;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      readonly from?: BuildContext | Step;
      readonly source: string;
    }
  | {
      readonly type: "bind";
      readonly target: string;
      readonly from: BuildContext | Step;
      readonly source: string;
      readonly readWrite: boolean;
    }
  | { readonly type: "text"; readonly target: string; readonly name: string; readonly text: string }
  | { readonly type: "tmpfs"; readonly target: string; readonly sizeBytes?: number }
  | {
      readonly type: "secret" | "ssh";
      readonly id: string;
      /** See `Grants`. */
      readonly grant?: string;
      readonly target?: string;
      readonly variable?: string;
      readonly required: boolean;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    };

/** A folder, a repository or an archive that instructions take files from. Opened once a run. */
export interface BuildContext {
  readonly kind: "context";
  /** Of the same place with the same ignore rules. */
  readonly id: string;
  /** For people: `the context`, `the named context "assets"`. */
  readonly name: string;
  readonly open: (signal: AbortSignal) => Promise<ContextFiles>;
  /** What its ignore file leaves out, where it has one. */
  readonly ignore?: IgnoreFilter;
  readonly origin: ContextOrigin;
}

/** Where the files of a context are from, for provenance: a folder by the name it is sent under, or an address. */
export type ContextOrigin =
  | { readonly kind: "folder"; readonly name: string }
  | { readonly kind: "address"; readonly address: string };

export interface ContextFiles {
  readonly tree: Tree;
  /** Whether the ignore rules leave a path out that is there. */
  readonly excluded: (path: string) => boolean;
}

/** The steps whose files a step reads, besides those of its base. */
export function inputSteps(step: Step): readonly Step[] {
  if (step.kind === "copy") {
    return step.sources.flatMap((source) => (source.kind === "paths" && isStep(source.from) ? [source.from] : []));
  }
  if (step.kind !== "run") return [];
  return step.mounts.flatMap((mount) =>
    (mount.type === "bind" || mount.type === "cache") && mount.from !== undefined && isStep(mount.from)
      ? [mount.from]
      : [],
  );
}

export function isStep(from: BuildContext | Step): from is Step {
  return from.kind !== "context";
}

/** The id of a step or context from what defines it: plain data, in which steps and contexts stand for their ids. */
export function identify(definition: unknown): string {
  const text = JSON.stringify(definition, (key, value: unknown) => {
    if (typeof value !== "object" || value === null || key === "" || !("id" in value)) return value;
    return "kind" in value && typeof value.id === "string" && value.id.startsWith("sha256:") ? value.id : value;
  });
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
