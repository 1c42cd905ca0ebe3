/** `--call` and `--check`: what is asked about a Dockerfile, answered in the shape that BuildKit answers in. */
import { Buffer } from "node:buffer";
import type { Dockerfile } from "../../dockerfile/dockerfile.ts";
import { lintDockerfile, lintWarning, locationOf } from "../../dockerfile/lint/lint.ts";
import { type Outline, outlineOf, type TargetList, targetsOf } from "../../dockerfile/outline.ts";
import { WalkError } from "../../dockerfile/walk/walk-error.ts";
import { BuildFailure } from "../../execute/ports.ts";
import type { Target } from "../../plan/plan.ts";
import { problem } from "../graph/problem.ts";
import { lintFacts } from "./lint-facts.ts";
import type { TargetSettings } from "./target-settings.ts";

/** `result.json`, `result.txt`, and for checks `result.statuscode`. Throws a BuildFailure for a question that it has no answer to. */
export function answerQuestion(
  target: Target,
  dockerfile: Dockerfile,
  settings: TargetSettings,
): ReadonlyMap<string, string> {
  const [method = ""] = (target.call ?? "").split(",", 1);
  switch (method) {
    case "check":
    case "lint":
      return lintAnswer(target, dockerfile, settings);
    case "outline": {
      const outline = outlineOrFail(target, dockerfile, settings);
      return answer({ ...outline, sources: [encoded(dockerfile)] }, outlineText(outline));
    }
    case "targets": {
      const list = targetsOf(dockerfile);
      return answer({ ...list, sources: [encoded(dockerfile)] }, targetsText(list));
    }
    default:
      throw new BuildFailure("build/unknown-call", `the embedded engine has no answer to ${JSON.stringify(method)}`, {
        hint: "it answers check, outline and targets",
      });
  }
}

function lintAnswer(target: Target, dockerfile: Dockerfile, settings: TargetSettings): ReadonlyMap<string, string> {
  const { findings, error, failing } = lintDockerfile(dockerfile, lintFacts(target, settings));
  const located = findings.map((finding) => {
    const warning = lintWarning(finding);
    return { ...warning, location: { sourceIndex: 0, ...warning.location } };
  });
  const report = {
    warnings: located,
    sources: [encoded(dockerfile)],
    ...(error === undefined
      ? {}
      : { buildError: { message: error.message, location: { sourceIndex: 0, ...locationOf(error.span) } } }),
  };
  const lines = findings.map(({ rule, message }) => `${rule}: ${message}`);
  const status = failing || error !== undefined ? "1" : located.length > 0 ? "1" : "0";
  return new Map([...answer(report, `${lines.join("\n")}\n`), ["result.statuscode", status]]);
}

function outlineOrFail(target: Target, dockerfile: Dockerfile, settings: TargetSettings): Outline {
  try {
    return outlineOf(dockerfile, lintFacts(target, settings));
  } catch (error) {
    if (error instanceof WalkError) throw problem("build/bad-instruction", error.message, { span: error.span });
    throw error;
  }
}

function answer(data: unknown, text: string): Map<string, string> {
  return new Map([
    ["result.json", `${JSON.stringify(data, null, 2)}\n`],
    ["result.txt", text],
  ]);
}

function encoded({ source }: Dockerfile) {
  return { filename: source.name, data: Buffer.from(source.text).toString("base64") };
}

function outlineText({ name, description, args = [], secrets = [], ssh = [] }: Outline): string {
  const head = [
    name === undefined ? [] : [`TARGET:      ${name}`],
    description ? [`DESCRIPTION: ${description}`] : [],
  ].flat();
  const tables = [
    table(
      ["BUILD ARG", "VALUE", "DESCRIPTION"],
      args.map((arg) => [arg.name, arg.value ?? "", arg.description ?? ""]),
    ),
    table(
      ["SECRET", "REQUIRED"],
      secrets.map((secret) => [secret.name, secret.required ? "true" : ""]),
    ),
    table(
      ["SSH", "REQUIRED"],
      ssh.map((each) => [each.name, each.required ? "true" : ""]),
    ),
  ].filter((text) => text !== "");
  return [...(head.length === 0 ? [] : [`${head.join("\n")}\n`]), ...tables].join("\n");
}

function targetsText({ targets }: TargetList): string {
  const rows = targets.map((each) => {
    const mark = each.default ? "(default)" : "";
    return [[each.name, mark].filter((part) => part).join(" "), each.description ?? ""];
  });
  return table(["TARGET", "DESCRIPTION"], rows);
}

/** Empty without rows. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("   ")
      .trimEnd();
  return `${[head, ...rows].map(line).join("\n")}\n`;
}
