/** Answers as text for people and as the JSON document that bake prints. */
import { isRecord } from "../../base/json-shape.ts";
import { joinPath } from "../../base/path.ts";
import { stripControl } from "../../base/text.ts";
import { isRemoteContext } from "../../buildfile/attributes/context.ts";
import type { Plan, Target } from "../../plan/plan.ts";
import { planAsJson } from "../../plan/print-plan.ts";
import type { Answer } from "./answer.ts";
import { type LintPlace, type LintReport, type LintWarning, readLintReport } from "./lint.ts";

export interface AnswerStyle {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly error: (text: string) => string;
  readonly warning: (text: string) => string;
}

/** Per target its name, its description, an empty line, the answer. What failed is left to those who tell of failures. */
export function renderAnswers(answers: readonly Answer[], style: AnswerStyle): string {
  return answers
    .filter(({ failure }) => failure === undefined)
    .map((answer) => {
      const { name, description } = answer.target;
      const about = description ? `${stripControl(description)}\n` : "";
      return `${style.bold(stripControl(name))}\n${about}\n${renderAnswer(answer, style)}`;
    })
    .join("\n");
}

/** `{group, target: {name: {build, METHOD}}}`, with a newline at the end. */
export function answersAsJson(plan: Plan, answers: readonly Answer[]): string {
  const { group, target } = planAsJson(plan);
  const byName = new Map(answers.map((answer) => [answer.target.name, answer]));
  const targets = Object.entries(target).map(([name, build]) => {
    const answer = byName.get(name);
    return [name, answer === undefined ? { build } : { build, [answer.method]: dataOf(answer) }] as const;
  });
  return `${JSON.stringify({ ...(group && { group }), target: Object.fromEntries(targets) }, undefined, 2)}\n`;
}

/** The first exit status that is asked for. Checks that could not be brought to their end are a failure whatever is ignored. */
export function statusOfAnswers(
  answers: readonly Answer[],
  { ignoreStatus }: { readonly ignoreStatus: boolean },
): number {
  if (answers.some((answer) => errorOf(answer) !== undefined)) return 1;
  return ignoreStatus ? 0 : (answers.find(({ status }) => status !== 0)?.status ?? 0);
}

function renderAnswer(answer: Answer, style: AnswerStyle): string {
  const report = answer.method === "check" ? readLintReport(answer.data) : undefined;
  if (report !== undefined) return renderReport(report, answer.target, style);
  const text = answer.text === "" ? `${JSON.stringify(answer.data ?? {}, undefined, 2)}` : stripControl(answer.text);
  return text.endsWith("\n") ? text : `${text}\n`;
}

function renderReport({ warnings, error }: LintReport, target: Target, style: AnswerStyle): string {
  const parts = warnings.map((warning) => renderWarning(warning, target, style));
  if (warnings.length > 0) parts.unshift(`Check complete, ${countOf(warnings)} found!\n`);
  if (error !== undefined) {
    const place = error.place === undefined ? "" : renderPlace(error.place, target, style);
    parts.push(`${style.error("error:")} ${stripControl(error.message)}\n${place}`);
  } else if (warnings.length === 0) parts.push("Check complete, no warnings found.\n");
  return parts.join("\n");
}

function countOf(warnings: readonly LintWarning[]): string {
  return warnings.length === 1 ? "1 warning has been" : `${warnings.length} warnings have been`;
}

function renderWarning({ rule, detail, url, place }: LintWarning, target: Target, style: AnswerStyle): string {
  const more = url === "" ? "" : ` - ${stripControl(url)}`;
  const where = place === undefined ? "" : renderPlace(place, target, style);
  return `${style.warning("WARNING:")} ${stripControl(rule)}${more}\n${stripControl(detail)}\n${where}`;
}

const rule = "--------------------";

function renderPlace({ file, line, excerpt }: LintPlace, target: Target, style: AnswerStyle): string {
  const lines = excerpt.map(({ number, text, marked }) => {
    const shown = ` ${String(number).padStart(3)} | ${marked ? ">>>" : "   "} ${stripControl(text)}`;
    return marked ? style.bold(shown) : shown;
  });
  return [`${stripControl(nameOf(file, target))}:${line}`, style.dim(rule), ...lines, style.dim(rule), ""].join("\n");
}

/** The frontend knows a Dockerfile by the last part of its path; people want to find it. */
function nameOf(file: string, { name, context, dockerfile, dockerfileInline }: Target): string {
  if (dockerfileInline !== undefined) return `dockerfile-inline of ${name}`;
  const isIt = dockerfile === file || dockerfile.endsWith(`/${file}`);
  return isIt && !isRemoteContext(context) ? joinPath(context, dockerfile) : file;
}

function dataOf(answer: Answer): unknown {
  const error = answer.failure ?? errorOf(answer);
  const data = isRecord(answer.data) ? answer.data : { [answer.method]: answer.data ?? answer.text };
  return error === undefined ? data : { ...(isRecord(answer.data) && data), error };
}

/** What kept the checks from their end. */
function errorOf({ method, data }: Answer): string | undefined {
  return method === "check" ? readLintReport(data)?.error?.message : undefined;
}
