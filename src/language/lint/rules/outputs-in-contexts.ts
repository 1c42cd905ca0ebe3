/** Outputs that land in what another target reads while it is built. */
import type { Diagnostic } from "../../../base/diagnostic.ts";
import { joinPath } from "../../../base/path.ts";
import type { Span } from "../../../base/span.ts";
import { isNamedOnly, isRemoteContext } from "../../../buildfile/attributes/context.ts";
import { placeOf } from "../../../plan/check/outputs.ts";
import type { Target } from "../../../plan/plan.ts";
import { spanOf } from "../../../plan/problem.ts";
import type { Facts } from "../../../plan/request.ts";
import type { Selection } from "../check-plan.ts";
import { lintProblem } from "../lint-problems.ts";
import { mayRead } from "./dockerfile-reads.ts";
import { isIgnored } from "./ignore-file.ts";

interface Reader {
  readonly target: Target;
  /** As written. */
  readonly context: string;
  /** Not the main context, but one with a name. */
  readonly named: boolean;
}

/** Linear in the outputs and the lengths of their paths, but for the ignore files and Dockerfiles of the readers. */
export function findOutputsInContexts(selections: readonly Selection[], facts: Facts): readonly Diagnostic[] {
  return selections.flatMap(({ targets }) => inSelection([...targets.values()], facts));
}

function inSelection(targets: readonly Target[], facts: Facts): readonly Diagnostic[] {
  const readers = readersByFolder(targets, facts.workingFolder);
  const found: Diagnostic[] = [];
  const told = new Set<string>();
  for (const writer of targets) {
    for (const written of writer.output) {
      const place = placeOf(written);
      if (place.kind !== "file" && place.kind !== "folder") continue;
      const path = joinPath(facts.workingFolder, place.path);
      const reader = otherReader(writer, path, readers, facts);
      // The cells of a matrix say it in one place.
      const said = reader && `${reader.context} ${spanKey(spanOf(writer.settings.output?.origin))}`;
      if (!reader || !said || told.has(said)) continue;
      told.add(said);
      found.push(problemOf(writer, place.path, reader));
    }
  }
  return found;
}

function spanKey(span: Span | undefined): string {
  return span === undefined ? "" : `${span.source.name} ${span.start}`;
}

function readersByFolder(targets: readonly Target[], workingFolder: string): ReadonlyMap<string, readonly Reader[]> {
  const readers = new Map<string, Reader[]>();
  for (const target of targets) {
    for (const context of new Set([target.context, ...target.contexts.values()])) {
      const named = context !== target.context;
      if (context === "-" || isRemoteContext(context) || isNamedOnly(context)) continue;
      const folder = joinPath(workingFolder, context);
      const others = readers.get(folder) ?? [];
      readers.set(folder, others);
      others.push({ target, context, named });
    }
  }
  return readers;
}

/** The first target but the writer whose context holds the path. */
function otherReader(
  writer: Target,
  path: string,
  readers: ReadonlyMap<string, readonly Reader[]>,
  facts: Facts,
): Reader | undefined {
  for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
    const reader = readers.get(path.slice(0, end))?.find(({ target }) => target !== writer);
    if (reader && reads(reader, path.slice(end + 1), facts)) return reader;
  }
  return undefined;
}

/** The path is empty when the output is written over the context itself. A Dockerfile that cannot be read may ask for anything; the ignore file of a Dockerfile goes before that of its context. */
function reads({ target, context, named }: Reader, path: string, facts: Facts): boolean {
  const dockerfilePath = joinPath(target.context, target.dockerfile);
  const ignoreFile =
    facts.readText(`${dockerfilePath}.dockerignore`) ?? facts.readText(joinPath(context, ".dockerignore"));
  if (path !== "" && ignoreFile !== undefined && isIgnored(path, ignoreFile)) return false;
  const dockerfile = named ? undefined : (target.dockerfileInline ?? facts.readText(dockerfilePath));
  return dockerfile === undefined || mayRead(dockerfile, path);
}

function problemOf(writer: Target, path: string, { target, context }: Reader): Diagnostic {
  const place = spanOf(target.settings.context?.origin) ?? target.definition.span;
  const message = `${JSON.stringify(target.name)} reads ${context} here`;
  return lintProblem("lint/output-in-context", {
    message: `${JSON.stringify(writer.name)} writes ${JSON.stringify(path)} into the context of ${JSON.stringify(target.name)}, which is built in the same run`,
    span: spanOf(writer.settings.output?.origin),
    ...(place && { related: [{ message, span: place }] }),
    hint: `write it somewhere else, or add it to ${joinPath(context, ".dockerignore")}`,
  });
}
