/** The linter: what builds, and yet is hardly meant. */
import { positionAt, type Span } from "../../base/span.ts";
import type { Dockerfile } from "../dockerfile.ts";
import { expandWord } from "../expand.ts";
import type { WalkFacts } from "../walk/facts.ts";
import { globalArguments, platformArguments } from "../walk/global-arguments.ts";
import { WalkError } from "../walk/walk-error.ts";
import { walkStages } from "../walk/walk-stages.ts";
import { type CheckOptions, noCheckOptions, parseCheckOptions } from "./check-options.ts";
import { type Finding, Findings } from "./finding.ts";
import { isImageReference } from "./image-reference.ts";
import { ruleAddress, rules } from "./rules.ts";
import { checkSyntax } from "./syntax-rules.ts";

export interface LintFacts extends WalkFacts {
  /** Instead of the file's own `# check=`. */
  readonly options?: CheckOptions;
}

export interface LintResult {
  readonly findings: readonly Finding[];
  /** Findings fail the build, and there are some. */
  readonly failing: boolean;
  /** What a build would stop at; what comes after it was not looked at. */
  readonly error?: { readonly message: string; readonly span: Span };
}

/** For a Dockerfile without errors. Where no target is named, all stages are looked at. */
export function lintDockerfile(dockerfile: Dockerfile, facts: LintFacts): LintResult {
  const options = facts.options ?? ownOptions(dockerfile);
  const findings = new Findings(options);
  checkSyntax(dockerfile, findings);
  const error = walkOrFail(dockerfile, facts, findings);
  return { findings: findings.items, failing: options.error && findings.items.length > 0, ...(error && { error }) };
}

function walkOrFail(dockerfile: Dockerfile, facts: LintFacts, findings: Findings): LintResult["error"] {
  checkDefaults(dockerfile, facts, findings);
  try {
    walkStages({ dockerfile, facts, findings, allStages: facts.target === undefined });
    return undefined;
  } catch (error) {
    if (!(error instanceof WalkError)) throw error;
    return { message: error.message, span: error.span };
  }
}

function ownOptions({ directives }: Dockerfile): CheckOptions {
  const options = directives.check && parseCheckOptions(directives.check.text);
  return options?.ok ? options.value : noCheckOptions;
}

/** Without arguments of the build, FROM still names an image. */
function checkDefaults(dockerfile: Dockerfile, facts: LintFacts, findings: Findings): void {
  const targetName = facts.target ?? dockerfile.stages.at(-1)?.name?.toLowerCase() ?? "";
  const values = defaultValues(dockerfile, platformArguments(facts, targetName));
  if (values === undefined) return;
  for (const stage of dockerfile.stages) {
    const from = expandWord(stage.from.text, {
      escape: dockerfile.directives.escape,
      variable: (name) => values.get(name),
    });
    if (from.error !== undefined) return;
    if (isImageReference(from.value)) continue;
    const message = `Default value for ARG ${stage.from.text} results in empty or invalid base image name`;
    findings.add("InvalidDefaultArgInFrom", { span: stage.span }, message);
  }
}

/** Undefined when a default has no value, which the walk tells. */
function defaultValues(
  dockerfile: Dockerfile,
  start: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> | undefined {
  try {
    return globalArguments(dockerfile, start).values;
  } catch (error) {
    if (error instanceof WalkError) return undefined;
    throw error;
  }
}

/** A finding as BuildKit's answer to `--call=lint` has it. */
export interface LintWarning {
  readonly ruleName: string;
  readonly description: string;
  readonly url: string;
  readonly detail: string;
  readonly location: Location;
}

/** A range for each line, from 1. */
export interface Location {
  readonly ranges: readonly { readonly start: { readonly line: number }; readonly end: { readonly line: number } }[];
}

export function lintWarning({ rule, message, span }: Finding): LintWarning {
  const { description } = rules[rule];
  return { ruleName: rule, description, url: ruleAddress(rule), detail: message, location: locationOf(span) };
}

export function locationOf({ source, start, end }: Span): Location {
  const first = positionAt(source, start).line;
  const last = positionAt(source, Math.max(start, end - 1)).line;
  const lines = Array.from({ length: last - first + 1 }, (_, i) => ({ line: first + i }));
  return { ranges: lines.map((line) => ({ start: line, end: line })) };
}
