/** The receiving side of every output of a run. */

import { realpath } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import type { ExporterPort, NodeCapabilities, PreparedExport, SolveResult } from "../execute/ports.ts";
import { hasSeveralPlatforms } from "../plan/check/outputs.ts";
import type { Build, Target } from "../plan/plan.ts";
import type { EngineLoad } from "./engine-load/engine.ts";
import { LoadTurns } from "./engine-load/turns.ts";
import { fileReceiver } from "./file-receiver.ts";
import { folderReceiver } from "./folder-receiver.ts";
import { type LayoutReceiver, layoutReceiver } from "./layout-receiver.ts";
import { engineReceiver } from "./load.ts";
import { problems } from "./problems.ts";
import { type Destination, type ExportSpecification, specifyExport } from "./specification.ts";
import { type StandardOutput, StandardOutputClaim } from "./stdout-receiver.ts";

export interface ExportersOptions {
  /** Relative destinations start from it. Absolute. */
  readonly workingFolder: string;
  readonly stdout: StandardOutput;
  /** The engine that docker outputs of other nodes are loaded into: of a Docker context by name, or the current one. */
  readonly engineLoad?: (context: string | undefined) => Promise<EngineLoad>;
  /** Whether an image lands in the Docker engine that built it when no output is given. Default: yes. */
  readonly defaultLoad?: boolean;
}

/** For one run: standard output is given to one of its builds. */
export function createExporters(options: ExportersOptions): ExporterPort {
  const claim = new StandardOutputClaim(options.stdout);
  const turns = new Map<string | undefined, LoadTurns>();
  return { prepare: (build, target, node) => prepare({ options, claim, turns, build, target, node }) };
}

interface Preparing {
  readonly options: ExportersOptions;
  readonly claim: StandardOutputClaim;
  /** By docker context. */
  readonly turns: Map<string | undefined, LoadTurns>;
  readonly build: Build;
  readonly target: Target;
  readonly node: NodeCapabilities;
}

async function prepare(preparing: Preparing): Promise<PreparedExport> {
  const { build, target, node, options } = preparing;
  const specification = specifyExport(build, target, node, { defaultLoad: options.defaultLoad ?? true });
  const { attributes, to, withheld = [] } = specification;
  const { exporter, receiver } = await receive(preparing, specification);
  const destination = inWords(to);
  return {
    exporter,
    attributes,
    withheld,
    ...(destination === undefined ? {} : { destination }),
    sink: receiver?.sink ?? { kind: "none" },
    trouble: () => receiver?.trouble(),
    publish: async (result, waiting) => {
      await receiver?.publish(result, waiting);
      return published(to, result);
    },
    discard: async () => receiver?.discard(),
  };
}

interface Receiving {
  readonly exporter: string | undefined;
  readonly receiver: LayoutReceiver | undefined;
}

async function receive(preparing: Preparing, { exporter, to }: ExportSpecification): Promise<Receiving> {
  const { options, claim, build } = preparing;
  const { workingFolder } = options;
  switch (to.kind) {
    case "none":
    case "node":
      return { exporter, receiver: undefined };
    case "stdout":
      return { exporter, receiver: claim.claim(build.id, exporter ?? "tar") };
    case "file":
      return { exporter, receiver: await fileReceiver(resolve(workingFolder, to.path), to.path) };
    case "folder": {
      const path = resolve(workingFolder, to.path);
      if (to.replace) await refuseToEmpty(path, workingFolder, to.path);
      return { exporter, receiver: await folderReceiver(path, to.path, { replace: to.replace }) };
    }
    case "layout":
      return { exporter, receiver: await layoutReceiver(resolve(workingFolder, to.path), to.path) };
    case "engine":
      return await receiveForEngine(preparing, to);
    default:
      return to satisfies never;
  }
}

async function receiveForEngine(
  { target, options: { engineLoad }, turns: all }: Preparing,
  to: Extract<Destination, { kind: "engine" }>,
): Promise<Receiving> {
  if (engineLoad === undefined) throw problems.noEngine(target.name);
  const engine = await engineLoad(to.context);
  const takesOci = await engine.takesOci();
  if (!takesOci && hasSeveralPlatforms(target)) throw problems.severalPlatforms(target.name);
  const turns = all.get(to.context) ?? new LoadTurns();
  all.set(to.context, turns);
  const receiver = engineReceiver({ engine, turns, names: to.names, shown: inWords(to) ?? "the image" });
  return { exporter: takesOci ? "oci" : "docker", receiver };
}

/** Emptying the working folder, or one around it, is never what somebody wants. */
async function refuseToEmpty(path: string, workingFolder: string, shown: string): Promise<void> {
  const real = await realpath(path).catch(() => path);
  const inside = relative(real, await realpath(workingFolder));
  if (inside !== ".." && !inside.startsWith(`..${sep}`) && !isAbsolute(inside)) throw problems.deleteRefused(shown);
}

function inWords(to: Destination): string | undefined {
  switch (to.kind) {
    case "none":
      return undefined;
    case "stdout":
      return "standard output";
    case "file":
    case "folder":
    case "layout":
      return to.path;
    default:
      return to.names.length === 0 ? undefined : to.names.join(", ");
  }
}

/** The names of an image as the node gave them, else as they were asked for, else its digest. */
function published(to: Destination, { response }: SolveResult): readonly string[] {
  if (to.kind !== "node" && to.kind !== "engine") {
    const words = inWords(to);
    return words === undefined ? [] : [words];
  }
  const named = response.get("image.name") ?? "";
  if (named !== "") return named.split(",");
  if (to.names.length > 0) return to.names;
  const digest = response.get("containerimage.digest");
  return digest === undefined ? [] : [digest];
}
