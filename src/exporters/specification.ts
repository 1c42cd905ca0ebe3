/** What an output of a target means for a node: which exporter it is asked for, with which attributes, and where the result goes. */
import type { OutputEntry } from "../buildfile/attributes/entries.ts";
import type { NodeCapabilities } from "../execute/ports.ts";
import type { Build, Target } from "../plan/plan.ts";
import { specifyArchive } from "./archive.ts";
import { specifyImage } from "./image.ts";
import { specifyLocal } from "./local.ts";
import { problems } from "./problems.ts";
import { specifyTar } from "./tar.ts";

export type Destination =
  /** Nothing is kept beyond the cache. */
  | { readonly kind: "none" }
  /** The node keeps or pushes it. `names` as asked for, none when it has none. */
  | { readonly kind: "node"; readonly names: readonly string[] }
  | { readonly kind: "stdout" }
  /** `path` as written. */
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "folder"; readonly path: string; readonly replace: boolean }
  /** An OCI layout; what the folder holds already stays. */
  | { readonly kind: "layout"; readonly path: string }
  /** A Docker engine elsewhere takes the archive; `context` is the name of a Docker context. */
  | { readonly kind: "engine"; readonly context: string | undefined; readonly names: readonly string[] };

export interface ExportSpecification {
  readonly exporter: string | undefined;
  readonly attributes: ReadonlyMap<string, string>;
  readonly to: Destination;
  /** Keys of the node's answer that mean nothing for this export. */
  readonly withheld?: readonly string[];
}

export interface OutputContext {
  readonly output: OutputEntry;
  readonly target: Target;
  readonly node: NodeCapabilities;
}

export interface SpecifyOptions {
  /** Whether an image lands in the Docker engine that built it when no output is given. */
  readonly defaultLoad: boolean;
}

const nothing: ExportSpecification = { exporter: undefined, attributes: new Map(), to: { kind: "none" } };

/** Throws a TsbakeError (see `problems`) when the node cannot write the output, or it makes no sense. */
export function specifyExport(
  build: Build,
  target: Target,
  node: NodeCapabilities,
  { defaultLoad }: SpecifyOptions,
): ExportSpecification {
  if (target.call !== undefined && target.call !== "" && target.call !== "build") return nothing;
  const output = build.output ?? defaultOutput(target, node, defaultLoad);
  if (output === undefined) return nothing;
  const specification = specifyOutput({ output, target, node });
  const { exporter } = specification;
  if (exporter !== undefined && !node.exporters.has(exporter)) {
    throw problems.notSupported(exporter, node.exporters, node.description);
  }
  return specification;
}

function defaultOutput(target: Target, node: NodeCapabilities, defaultLoad: boolean): OutputEntry | undefined {
  if (node.imageStore === "none" || target.linkedOnly || !defaultLoad) return undefined;
  return { type: "docker", attributes: new Map() };
}

function specifyOutput(context: OutputContext): ExportSpecification {
  switch (context.output.type) {
    case "cacheonly":
      return nothing;
    case "image":
    case "registry":
      return specifyImage(context);
    case "oci":
    case "docker":
      return specifyArchive(context);
    case "tar":
      return specifyTar(context);
    case "local":
      return specifyLocal(context);
    default:
      throw problems.notSupported(context.output.type, context.node.exporters, context.node.description);
  }
}
