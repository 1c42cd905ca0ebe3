/** Explanations for programs: `tsbake explain --format json`. */
import { positionAt, type Span } from "../base/span.ts";
import type { Origin, VariableCandidate } from "../buildfile/definition.ts";
import type {
  ExplainedValue,
  Explanation,
  ShownValue,
  Step,
  Use,
  VariableExplanation,
} from "../plan/explain/explanation.ts";

interface JsonPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Where something was said: `kind` tells which of the others there are. */
export interface JsonOrigin extends Partial<JsonPlace> {
  readonly kind: Origin["kind"];
  readonly block?: string;
  readonly service?: string;
  readonly flag?: string;
  readonly variable?: string;
  readonly cell?: Readonly<Record<string, string>>;
}

interface JsonCandidate {
  readonly origin: JsonOrigin;
  readonly text?: string;
  readonly reason: string;
}

interface JsonUse {
  readonly kind: Use["kind"];
  readonly name: string;
  readonly value?: string;
  readonly origin?: JsonOrigin;
  readonly others?: readonly JsonCandidate[];
  readonly uses?: readonly JsonUse[];
}

interface JsonStep {
  readonly value: ShownValue;
  readonly origin: JsonOrigin;
  readonly path?: readonly string[];
  readonly uses?: readonly JsonUse[];
}

interface JsonValue {
  readonly attribute: string;
  readonly key?: string;
  readonly value?: ShownValue;
  readonly note?: string;
  /** What counts first, then what it replaced. */
  readonly steps: readonly JsonStep[];
}

export interface JsonExplanation {
  readonly target: string;
  readonly place?: JsonPlace;
  readonly cell?: Readonly<Record<string, string>>;
  readonly ancestors: readonly string[];
  readonly values: readonly JsonValue[];
}

export interface JsonVariableExplanation {
  readonly variable: string;
  readonly kind: VariableExplanation["kind"];
  readonly place?: JsonPlace;
  readonly type?: string;
  readonly description?: string;
  /** null for null. */
  readonly value: string | null;
  readonly candidates: readonly JsonCandidate[];
  readonly uses: readonly JsonUse[];
}

export function explanationAsJson({ target, span, cell, ancestors, values }: Explanation): JsonExplanation {
  return {
    target,
    ...(span && { place: placeAsJson(span) }),
    ...(cell && { cell: Object.fromEntries(cell) }),
    ancestors,
    values: values.map(valueAsJson),
  };
}

export function variableExplanationAsJson(explanation: VariableExplanation): JsonVariableExplanation {
  const { name, kind, span, type, description, value, candidates, uses } = explanation;
  return {
    variable: name,
    kind,
    ...(span && { place: placeAsJson(span) }),
    ...(type !== undefined && { type }),
    ...(description !== undefined && { description }),
    value: value ?? null,
    candidates: candidates.map(candidateAsJson),
    uses: uses.map(useAsJson),
  };
}

function valueAsJson({ steps, ...value }: ExplainedValue): JsonValue {
  return { ...value, steps: steps.map(stepAsJson) };
}

function stepAsJson({ value, origin, path, uses }: Step): JsonStep {
  return {
    value,
    origin: originAsJson(origin),
    ...(path && { path }),
    ...(uses.length > 0 && { uses: uses.map(useAsJson) }),
  };
}

function useAsJson({ kind, name, value, origin, others, uses }: Use): JsonUse {
  return {
    kind,
    name,
    ...(value !== undefined && { value }),
    ...(origin && { origin: originAsJson(origin) }),
    ...(others.length > 0 && { others: others.map(candidateAsJson) }),
    ...(uses.length > 0 && { uses: uses.map(useAsJson) }),
  };
}

function candidateAsJson({ origin, text, reason }: VariableCandidate): JsonCandidate {
  return { origin: originAsJson(origin), ...(text !== undefined && { text }), reason };
}

function originAsJson(origin: Origin): JsonOrigin {
  switch (origin.kind) {
    case "file": {
      const { kind, block, cell } = origin;
      return { kind, ...placeAsJson(origin.span), block, ...(cell && { cell: Object.fromEntries(cell) }) };
    }
    case "compose":
      return { kind: origin.kind, ...placeAsJson(origin.span), service: origin.service };
    case "override":
      return { kind: origin.kind, flag: origin.flag };
    case "environment":
      return { kind: origin.kind, variable: origin.variable, ...(origin.span && placeAsJson(origin.span)) };
    case "default":
      return { kind: origin.kind };
  }
}

function placeAsJson({ source, start }: Span): JsonPlace {
  return { file: source.name, ...positionAt(source, start) };
}
