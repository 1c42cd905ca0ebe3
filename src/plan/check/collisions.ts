/** What several targets of one run would write to the same place. */
import type { RelatedPlace } from "../../base/diagnostic.ts";
import { joinPath } from "../../base/path.ts";
import type { CacheEntry, OutputEntry } from "../../buildfile/attributes/entries.ts";
import type { Origin } from "../../buildfile/definition.ts";
import { formatReference, parseReference } from "../../oci/reference.ts";
import { asksOnly } from "../builds.ts";
import type { Build, Target } from "../plan.ts";
import { problem, spanOf } from "../problem.ts";
import type { CheckContext } from "./context.ts";
import { isOn } from "./output-parameters.ts";
import { imageNames, type OutputPlace, placeOf, pushes } from "./outputs.ts";

/** What it takes to find them, among the targets of a run or of a part of it. */
export type CollisionContext = Pick<CheckContext, "facts" | "report">;

/** Linear in the number of builds and the length of their paths. */
export function checkCollisions(
  targets: ReadonlyMap<string, Target>,
  builds: readonly Build[],
  context: CollisionContext,
): void {
  checkPaths(targets, builds, context);
  checkNames(targets, builds, context);
  checkCaches(targets, context);
}

interface Writer {
  readonly target: Target;
  readonly place: Exclude<OutputPlace, { kind: "nothing" }>;
}

function checkPaths(targets: ReadonlyMap<string, Target>, builds: readonly Build[], context: CollisionContext): void {
  const byPath = new Map<string, Writer>();
  for (const build of builds) {
    const target = targets.get(build.target);
    const place = build.output === undefined ? undefined : placeOf(build.output);
    if (target === undefined || place === undefined || place.kind === "nothing") continue;
    const path = place.kind === "stdout" ? "-" : joinPath(context.facts.workingFolder, place.path);
    const other = byPath.get(path);
    if (other === undefined) byPath.set(path, { target, place });
    else collide(other, { target, place }, context);
  }
  for (const [path, writer] of byPath) checkEmptied(path, writer, byPath, context);
}

/** Folders that are only added to may be shared: files of equal names are the only trouble then. */
function collide(first: Writer, second: Writer, { report }: CollisionContext): void {
  const shared = !empties(first.place) && !empties(second.place) && isFolder(first.place) && isFolder(second.place);
  const { place } = second;
  if (place.kind === "stdout" && first.target === second.target) return;
  const where = place.kind === "stdout" ? "standard output" : quote(place.path);
  report.add(
    problem(
      place.kind === "stdout" ? "standard-output" : "destination-collision",
      first.target === second.target
        ? `two outputs of ${quote(first.target.name)} write to ${where}`
        : `${quote(first.target.name)} and ${quote(second.target.name)} both write to ${where}`,
      {
        severity: shared ? "warning" : "error",
        origin: second.target.settings.output?.origin,
        related: related(first.target.name, first.target.settings.output?.origin),
        hint: shared ? "files of equal names overwrite each other; give each its own folder" : "give each its own dest",
      },
    ),
  );
}

/** A folder that is emptied before it is written takes along what others write inside of it. */
function checkEmptied(
  path: string,
  writer: Writer,
  byPath: ReadonlyMap<string, Writer>,
  { report }: CollisionContext,
): void {
  for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
    const outer = byPath.get(path.slice(0, slash));
    if (outer === undefined || !empties(outer.place) || writer.place.kind === "stdout") continue;
    const message = `${quote(outer.target.name)} empties its folder, into which ${quote(writer.target.name)} writes ${quote(writer.place.path)}`;
    report.add(
      problem("destination-collision", message, {
        origin: outer.target.settings.output?.origin,
        related: related(writer.target.name, writer.target.settings.output?.origin),
        hint: "write somewhere else, or drop mode=delete",
      }),
    );
  }
}

function isFolder(place: OutputPlace): boolean {
  return place.kind === "folder";
}

function empties(place: OutputPlace): boolean {
  return place.kind === "folder" && place.empties;
}

/** Only one of two images keeps a name: what is pushed last, or stored last. */
function checkNames(
  targets: ReadonlyMap<string, Target>,
  builds: readonly Build[],
  { report }: CollisionContext,
): void {
  const byName = new Map<string, { readonly target: Target; readonly pushed: boolean }>();
  for (const build of builds) {
    const target = targets.get(build.target);
    if (target === undefined || asksOnly(target)) continue;
    const pushed = build.output !== undefined && pushes(build.output);
    for (const name of new Set(namesGiven(build.output, target).map(fullName))) {
      const other = byName.get(name);
      if (other === undefined || (other.target === target && pushed)) byName.set(name, { target, pushed });
      if (other === undefined || other.target === target) continue;
      const both = pushed && other.pushed;
      report.add(
        problem(
          "tag-collision",
          `${quote(other.target.name)} and ${quote(target.name)} both name their image ${name}`,
          {
            severity: both ? "error" : "warning",
            origin: target.settings.tags?.origin,
            related: related(other.target.name, other.target.settings.tags?.origin),
            hint: `only the one that is ${both ? "pushed" : "stored"} last keeps the name; give each its own tags`,
          },
        ),
      );
    }
  }
}

/** Files take no name away from anybody, and what is pushed by digest has none. */
function namesGiven(output: OutputEntry | undefined, target: Target): readonly string[] {
  if (output === undefined) return target.linkedOnly ? [] : target.tags;
  if (!["image", "registry", "docker"].includes(output.type) || placeOf(output).kind !== "nothing") return [];
  return isOn(output.attributes, "push-by-digest") ? [] : imageNames(output, target);
}

function fullName(name: string): string {
  const reference = parseReference(name);
  return reference.ok ? formatReference({ tag: "latest", ...reference.value }) : name;
}

/** Two exports to one place leave the cache of whichever comes last. */
function checkCaches(targets: ReadonlyMap<string, Target>, { facts, report }: CollisionContext): void {
  const byPlace = new Map<string, Target>();
  for (const target of targets.values()) {
    for (const place of new Set(target.cacheTo.map((cache) => cachePlace(cache, facts.workingFolder)))) {
      if (place === undefined) continue;
      const other = byPlace.get(place);
      if (other === undefined) byPlace.set(place, target);
      else if (other !== target) {
        const message = `${quote(other.name)} and ${quote(target.name)} export their cache to the same place (${place})`;
        report.add(
          problem("cache-collision", message, {
            severity: "warning",
            origin: target.settings["cache-to"]?.origin,
            related: related(other.name, other.settings["cache-to"]?.origin),
            hint: "only one of them is kept; give each a ref, dest or scope of its own",
          }),
        );
      }
    }
  }
}

function cachePlace({ type, attributes }: CacheEntry, workingFolder: string): string | undefined {
  const get = (key: string, otherwise = ""): string => attributes.get(key) ?? otherwise;
  switch (type) {
    case "registry":
      return get("ref") === "" ? undefined : `registry ${fullName(get("ref"))}`;
    case "local":
      return get("dest") === "" ? undefined : `local ${joinPath(workingFolder, get("dest"))} ${get("tag", "latest")}`;
    case "gha":
      return `gha scope ${get("scope", "buildkit")}`;
    case "s3":
      return `s3 ${get("bucket")}/${get("prefix")}${get("manifests_prefix", "manifests/")}${get("name", "buildkit")}`;
    case "azblob":
      return `azblob ${get("account_url")}/${get("container")}/${get("prefix")}${get("name", "buildkit")}`;
    default:
      return undefined;
  }
}

function related(target: string, origin: Origin | undefined): readonly RelatedPlace[] {
  const span = spanOf(origin);
  return span === undefined ? [] : [{ message: `${quote(target)} says it here`, span }];
}

function quote(text: string): string {
  return JSON.stringify(text);
}
