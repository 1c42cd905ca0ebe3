/** The outputs of one target: where they go, and whether what they ask for makes sense. */
import { parseBoolean } from "../../base/boolean.ts";
import type { OutputEntry } from "../../buildfile/attributes/entries.ts";
import { parseReference } from "../../oci/reference.ts";
import type { Target } from "../plan.ts";
import { type ProblemCode, type ProblemDetails, problem } from "../problem.ts";
import type { CheckContext } from "./context.ts";
import { complaintsOf, isOn } from "./output-parameters.ts";

/** What an output writes on this machine. */
export type OutputPlace =
  | { readonly kind: "nothing" }
  | { readonly kind: "stdout" }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "folder"; readonly path: string /** What is there before goes. */; readonly empties: boolean };

/** Paths as written. A `docker` output without a destination is loaded into an engine. */
export function placeOf({ type, attributes }: OutputEntry): OutputPlace {
  const path = attributes.get("dest") ?? "";
  const folder = type === "local" || ((type === "oci" || type === "docker") && isLayout(attributes));
  if (!folder && type !== "tar" && type !== "oci" && type !== "docker") return { kind: "nothing" };
  if (path === "-") return { kind: "stdout" };
  if (path === "") return { kind: "nothing" };
  return folder ? { kind: "folder", path, empties: attributes.get("mode") === "delete" } : { kind: "file", path };
}

/** The names an output gives its image: its own `name`, else the tags of the target. */
export function imageNames({ attributes }: OutputEntry, target: Target): readonly string[] {
  const given = attributes.get("name") ?? "";
  return given === "" ? target.tags : given.split(",").map((name) => name.trim());
}

/** True when the image of the target is an index; a docker archive has none. */
export function hasSeveralPlatforms({ platforms }: Pick<Target, "platforms">): boolean {
  return new Set(platforms.flatMap((text) => text.split(","))).size > 1;
}

/** True when the output ends in a registry. */
export function pushes({ type, attributes }: OutputEntry): boolean {
  if (type === "registry" && !attributes.has("push")) return true;
  return (type === "registry" || type === "image") && isOn(attributes, "push");
}

export function checkOutputs(target: Target, context: CheckContext): void {
  if (target.linkedOnly || target.output.length === 0) return;
  const { report, buildSeverity, building, facts } = context;
  const complain: Complain = (code, message, details = {}) => {
    const origin = target.settings.output?.origin;
    report.add(problem(code, `output of ${quote(target.name)}: ${message}`, { origin, ...details }));
  };
  let toStdout = 0;
  for (const output of target.output) {
    for (const { code, message, hint } of complaintsOf(output)) {
      complain(code, message, { severity: buildSeverity, hint });
    }
    checkDestination(output, context, complain);
    if (placeOf(output).kind === "stdout") toStdout++;
    if (output.type === "docker" && placeOf(output).kind !== "nothing" && hasSeveralPlatforms(target)) {
      complain("several-platforms", "a docker archive holds one platform, and there are several", {
        severity: buildSeverity,
        hint: "use type=oci for the file",
      });
    }
    if (building && pushes(output)) checkPush(output, target, complain);
  }
  if (toStdout > 1) complain("standard-output", "only one can go to standard output", { hint: "add dest=FILE" });
  if (toStdout > 0 && building && facts.stdoutIsTerminal) {
    complain("standard-output", "an archive cannot be shown on a terminal", {
      hint: "add dest=FILE, or send standard output to a file or a pipe",
    });
  }
}

type Complain = (code: ProblemCode, message: string, details?: ProblemDetails) => void;

function checkDestination(output: OutputEntry, { facts }: CheckContext, complain: Complain): void {
  const { type, attributes } = output;
  const place = placeOf(output);
  const layout = isLayout(attributes) && (type === "oci" || type === "docker");
  if (type === "local" || layout) {
    const what = layout ? `an output of type ${type} with tar=false` : "an output of type local";
    if (place.kind === "stdout")
      complain("bad-destination", `${what} writes a folder, which cannot go to standard output`);
    if (place.kind === "nothing")
      complain("bad-destination", `${what} needs a destination`, { hint: "add dest=FOLDER" });
  }
  if (place.kind !== "file" && place.kind !== "folder") return;
  const there = facts.look(place.path);
  if (place.kind === "folder" && there !== undefined && there.kind !== "folder") {
    complain("bad-destination", `${quote(place.path)} is a file, the dest of type ${type} is a folder`, {
      hint: "name another folder",
    });
  }
  if (place.kind === "file" && there?.kind === "folder") {
    complain("bad-destination", `${quote(place.path)} is a folder, the dest of type ${type} is a file`, {
      hint: `name a file in it, as in dest=${place.path.replace(/\/$/, "")}/image.tar`,
    });
  }
}

function checkPush(output: OutputEntry, target: Target, complain: Complain): void {
  const names = imageNames(output, target);
  if (names.length === 0) {
    complain("push-without-tag", "there is no name to push to", {
      hint: `add tags to ${quote(target.name)}, or name=REPOSITORY to the output`,
    });
  }
  if (!isOn(output.attributes, "push-by-digest")) return;
  for (const name of names) {
    const reference = parseReference(name);
    if (!reference.ok || reference.value.tag === undefined) continue;
    complain("tagged-push-by-digest", `${quote(name)} has a tag, and what is pushed by digest has none`, {
      hint: "take the tag off, or drop push-by-digest",
    });
  }
}

/** `tar=false`: a folder instead of an archive. */
function isLayout(attributes: ReadonlyMap<string, string>): boolean {
  return parseBoolean(attributes.get("tar") ?? "true") === false;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
