/** Build files as text, planned: what most tests of this room are made of. */

import type { Diagnostic } from "../../src/base/diagnostic.ts";
import { positionAt } from "../../src/base/span.ts";
import { evaluateDefinition } from "../../src/buildfile/definition/evaluate-definition.ts";
import type { Definition } from "../../src/buildfile/definition.ts";
import { parseHcl } from "../../src/buildfile/hcl/parse.ts";
import { plan } from "../../src/plan/create-plan.ts";
import { type BuildFlags, overridesOfFlags } from "../../src/plan/override/build-flags.ts";
import { parseSetFlag } from "../../src/plan/override/set-flag.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { type PrintedPlan, planAsJson } from "../../src/plan/print-plan.ts";
import type { Facts, FileFacts, PlanRequest } from "../../src/plan/request.ts";

/** The definition of one build file, `bake.hcl`. */
export function definitionOf(text: string): Definition {
  const source = { name: "bake.hcl", text };
  const body = parseHcl(source);
  const definition = evaluateDefinition([{ source, format: "hcl", body: body.value }], {
    variables: new Map(),
    environment: new Map(),
    disableEnvironmentLookup: false,
    commandContext: "cwd://",
    localPlatform: "linux/amd64",
    functions: new Map(),
    world: { now: () => 0, randomBytes: (size) => new Uint8Array(size), homeFolder: "/home" },
  });
  const problems = [...body.diagnostics, ...definition.diagnostics];
  if (problems.length > 0) throw new Error(`the test's build file is wrong: ${problems[0]?.message}`);
  return definition.value;
}

export interface Surroundings {
  readonly environment?: Readonly<Record<string, string>>;
  /** By path as it will be asked for; `.` is a folder anyway, and a folder has a Dockerfile anyway. */
  readonly files?: Readonly<
    Record<string, FileFacts["kind"] | { readonly sizeBytes: number } | { readonly text: string }>
  >;
  readonly terminal?: boolean;
}

export function factsOf({ environment = {}, files = {}, terminal = false }: Surroundings = {}): Facts {
  const look = (path: string): FileFacts | undefined => {
    const folder = /^(?:(.*)\/)?Dockerfile$/.exec(path);
    const usual =
      path === "."
        ? "folder"
        : folder && (folder[1] === undefined || files[folder[1]] === "folder")
          ? "file"
          : undefined;
    const file = files[path] ?? usual;
    if (file === undefined) return undefined;
    if (typeof file === "string") return { kind: file, sizeBytes: 0 };
    return { kind: "file", sizeBytes: "text" in file ? file.text.length : file.sizeBytes };
  };
  return {
    environment: new Map(Object.entries(environment)),
    workingFolder: "/work",
    localPlatform: { os: "linux", architecture: "amd64" },
    stdoutIsTerminal: terminal,
    look,
    list: (folder) => {
      const names = Object.keys(files).map((path) => path.split("/"));
      if (folder === ".") return names.map(([first = ""]) => first);
      return names.filter(([first]) => first === folder).flatMap(([, second]) => second ?? []);
    },
    readText: (path) => {
      const file = files[path];
      return typeof file === "object" && "text" in file ? file.text : undefined;
    },
  };
}

export interface Asked extends Surroundings {
  readonly names?: readonly string[];
  readonly set?: readonly string[];
  readonly flags?: BuildFlags;
  readonly purpose?: PlanRequest["purpose"];
}

export interface Planned {
  readonly plan: Plan;
  readonly json: PrintedPlan;
  readonly diagnostics: readonly Diagnostic[];
  /** `error plan/code 3: message [hint]`, the line being that of the build file. */
  readonly problems: readonly string[];
}

export function planOf(file: string | Definition, asked: Asked = {}): Planned {
  const definition = typeof file === "string" ? definitionOf(file) : file;
  const facts = factsOf(asked);
  const sets = (asked.set ?? []).map((text) => parseSetFlag(text, facts.environment));
  const flags = overridesOfFlags(asked.flags ?? {}, facts.environment);
  const planned = plan(definition, {
    patterns: asked.names ?? [],
    overrides: [...sets.flatMap((set) => set.value), ...flags.value],
    purpose: asked.purpose ?? "print",
    facts,
  });
  const diagnostics = [...sets.flatMap((set) => set.diagnostics), ...flags.diagnostics, ...planned.diagnostics];
  return {
    plan: planned.value,
    json: planAsJson(planned.value),
    diagnostics,
    problems: diagnostics.map(describeProblem),
  };
}

export function describeProblem({ severity, code, span, message, hint }: Diagnostic): string {
  const line = span === undefined ? "" : ` ${positionAt(span.source, span.start).line}`;
  return `${severity} ${code}${line}: ${message}${hint === undefined ? "" : ` [${hint}]`}`;
}
