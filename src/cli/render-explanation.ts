/** Explanations as people read them: each value with the chain it came from. */
import type { Origin, VariableCandidate } from "../buildfile/definition.ts";
import type {
  ExplainedValue,
  Explanation,
  ShownValue,
  Step,
  Use,
  VariableExplanation,
} from "../plan/explain/explanation.ts";
import { fitWidth } from "../progress/display-width.ts";
import { placeOf } from "./render-diagnostics.ts";
import { renderTrees, type TreeNode } from "./render-tree.ts";
import { plainStyle, type Style } from "./style.ts";

export interface ExplanationLook {
  readonly style?: Style;
  /** Long values are shown whole instead of by their beginning. */
  readonly whole?: boolean;
}

const longestValue = 60;

/** A target: its head, then every value with what counts first and what it replaced below. */
export function renderExplanation(explanation: Explanation, look: ExplanationLook = {}): string {
  const { style = plainStyle } = look;
  const { target, span, cell, ancestors, values } = explanation;
  const facts = [
    ...(ancestors.length > 0
      ? [`inherits from ${ancestors.join(", ")}${ancestors.length > 1 ? " (the later wins)" : ""}`]
      : []),
    ...(cell ? [`matrix cell ${[...cell].map(([axis, value]) => `${axis} = ${quote(value)}`).join(", ")}`] : []),
  ];
  const head = `${style.bold(`target ${target}`)}${span ? `  ${style.help(placeOf(span))}` : ""}\n`;
  const lines = facts.map((fact) => `${style.dim(fact)}\n`).join("");
  return `${head}${lines}\n${renderTrees(
    values.map((value) => valueNode(value, look)),
    style,
  )}`;
}

/** A variable: its value, then everything that was said of it, what counts first. */
export function renderVariableExplanation(explanation: VariableExplanation, look: ExplanationLook = {}): string {
  const { style = plainStyle } = look;
  const { name, kind, span, type, description, value, candidates, uses } = explanation;
  const what = [kind === "constant" ? "constant" : "variable", name].join(" ");
  const head = `${style.bold(what)}${span ? `  ${style.help(placeOf(span))}` : ""}\n`;
  const facts = [type === undefined ? "" : `type ${type}`, description ?? ""].filter((fact) => fact !== "");
  const [first, ...others] = candidates;
  const tree: TreeNode = {
    text: `${name} = ${value === undefined ? "null" : shorten(showText(value), look)}`,
    ...(first && { place: candidatePlace(first.origin), remark: first.reason }),
    children: [...uses.map((use) => useNode(use, look)), ...others.map((each) => candidateNode(each, look))],
  };
  return `${head}${facts.map((fact) => `${style.dim(fact)}\n`).join("")}\n${renderTrees([tree], style)}`;
}

function valueNode({ attribute, key, value, steps, note }: ExplainedValue, look: ExplanationLook): TreeNode {
  const label = key === undefined ? attribute : `${attribute}.${key}`;
  const [first, ...replaced] = steps;
  const text = value === undefined ? label : `${label} = ${shorten(show(value), look)}`;
  if (first === undefined) return { text, place: value === undefined ? "" : "default", remark: note };
  return {
    text,
    place: originPlace(first.origin),
    remark: stepRemark(first),
    children: [
      ...first.uses.map((use) => useNode(use, look)),
      ...replaced.map((step) => ({
        text: `replaces ${shorten(show(step.value), look)}`,
        place: originPlace(step.origin),
        remark: stepRemark(step),
        children: step.uses.map((use) => useNode(use, look)),
      })),
    ],
  };
}

function useNode({ kind, name, value, origin, others, uses }: Use, look: ExplanationLook): TreeNode {
  const shown =
    value === undefined ? (kind === "variable" || kind === "constant" ? " = null" : "") : ` = ${showText(value)}`;
  return {
    text: shorten(`${name}${shown}`, look),
    place: origin ? candidatePlace(origin) : kind === "axis" ? "matrix" : "",
    remark: useRemark(kind, origin),
    children: [...uses.map((use) => useNode(use, look)), ...others.map((other) => candidateNode(other, look))],
  };
}

function candidateNode({ origin, text, reason }: VariableCandidate, look: ExplanationLook): TreeNode {
  const said = text === undefined ? "no default" : `not ${shorten(origin.kind === "file" ? text : quote(text), look)}`;
  return { text: said, place: candidatePlace(origin), remark: reason };
}

function useRemark(kind: Use["kind"], origin: Origin | undefined): string {
  switch (kind) {
    case "variable":
      return origin === undefined || origin.kind === "file" ? "variable, its default" : "variable";
    case "constant":
      return "constant";
    case "function":
      return "function";
    case "axis":
      return "axis of the matrix";
    case "reference":
      return "reference";
    case "built-in":
      return "set by tsbake";
  }
}

function stepRemark({ origin, path }: Step): string {
  if (origin.kind === "compose") return `service ${origin.service}`;
  if (origin.kind === "environment") return `environment variable ${origin.variable}`;
  if (origin.kind !== "file") return "";
  return path === undefined ? `target ${origin.block}` : `target ${origin.block}, inherited: ${path.join(" ← ")}`;
}

function originPlace(origin: Origin): string {
  switch (origin.kind) {
    case "file":
    case "compose":
      return placeOf(origin.span);
    case "override":
      return origin.flag;
    case "environment":
      return origin.span ? placeOf(origin.span) : "environment";
    case "default":
      return "default";
  }
}

/** Variables are known by name, so the place names the one that was looked at: `VERSION_JSON`. */
function candidatePlace(origin: Origin): string {
  if (origin.kind === "override") return origin.flag.replace(/=.*$/s, "");
  return origin.kind === "environment" && !origin.span ? `environment ${origin.variable}` : originPlace(origin);
}

function show(value: ShownValue): string {
  if (typeof value === "string") return quote(value);
  return typeof value === "boolean" ? String(value) : `[${value.map(quote).join(", ")}]`;
}

/** The value of a variable, of which lists and objects come as JSON. */
function showText(text: string): string {
  return /^[[{]/.test(text) && isJson(text) ? text : quote(text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function shorten(text: string, { whole = false }: ExplanationLook): string {
  return whole ? text : fitWidth(text.replace(/\s*\n\s*/g, " "), longestValue);
}

function quote(text: string): string {
  return JSON.stringify(text);
}
