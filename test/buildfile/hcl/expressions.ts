/** Evaluates expressions given as text, with a handful of functions, for the tests of the language. */
import { type Diagnostic, DiagnosticList } from "../../../src/base/diagnostic.ts";
import { EvaluationBudget } from "../../../src/buildfile/hcl/budget.ts";
import { evaluate } from "../../../src/buildfile/hcl/evaluate.ts";
import { FunctionFailure, type LanguageFunction } from "../../../src/buildfile/hcl/function.ts";
import { fromInteger, toInteger } from "../../../src/buildfile/hcl/number.ts";
import { parseExpression } from "../../../src/buildfile/hcl/parse.ts";
import type { Scope } from "../../../src/buildfile/hcl/scope.ts";
import type { Expression } from "../../../src/buildfile/hcl/syntax.ts";
import {
  anyType,
  boolValue,
  listValue,
  numberType,
  numberValue,
  setValue,
  stringType,
  stringValue,
  unknownValue,
  type Value,
} from "../../../src/buildfile/hcl/value.ts";
import { valueToJson } from "../../../src/buildfile/hcl/value-json.ts";

export interface Evaluated {
  readonly value: Value;
  readonly diagnostics: readonly Diagnostic[];
}

export interface Surroundings {
  /** Expressions by name, evaluated as variables without surroundings. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, Value>>;
  readonly budget?: EvaluationBudget;
  readonly reference?: Scope["reference"];
  readonly functions?: ReadonlyMap<string, LanguageFunction>;
}

export function expressionOf(text: string): Expression {
  const parsed = parseExpression({ name: "test.hcl", text }, { start: 0, end: text.length });
  if (parsed.diagnostics.length > 0) throw new Error(`${text}: ${parsed.diagnostics.map(({ message }) => message)}`);
  return parsed.value;
}

export function evaluateText(text: string, surroundings: Surroundings = {}): Evaluated {
  const report = new DiagnosticList();
  const value = evaluate(expressionOf(text), scopeOf(surroundings), report);
  return { value, diagnostics: report.items };
}

/** The value as JSON; throws when evaluation reports anything. */
export function jsonOf(text: string, surroundings: Surroundings = {}): string {
  const { value, diagnostics } = evaluateText(text, surroundings);
  if (diagnostics.length > 0) throw new Error(diagnostics.map(({ message }) => message).join("; "));
  const json = valueToJson(value);
  if (!json.ok) throw new Error(json.message);
  return json.text;
}

/** The text a diagnostic points at. */
export function blamed({ span }: Diagnostic): string | undefined {
  return span?.source.text.slice(span.start, span.end);
}

export function scopeOf(surroundings: Surroundings): Scope {
  const { variables = {}, values = {}, functions = testFunctions } = surroundings;
  const budget = surroundings.budget ?? new EvaluationBudget();
  const known = new Map<string, Value>(Object.entries(values));
  const sources = new Map(Object.entries(variables).map(([name, text]) => [name, expressionOf(text)]));
  const empty: Scope = {
    variable: (name) => known.get(name),
    variableNames: () => [...known.keys(), ...sources.keys()],
    function: (name) => functions.get(name),
    functionNames: () => functions.keys(),
    reference: surroundings.reference ?? (() => undefined),
    world: { now: () => 0, randomBytes: (size) => new Uint8Array(size), homeFolder: "/home/nobody" },
    budget,
    declaration: (name) => sources.get(name)?.span,
  };
  for (const [name, source] of sources) known.set(name, evaluate(source, empty, new DiagnosticList()));
  return empty;
}

function numeric(value: Value | undefined): number {
  if (value?.kind !== "number") throw new Error("not a number");
  return toInteger(value.value) ?? Number.NaN;
}

function itemsOf(value: Value | undefined): readonly Value[] {
  return value !== undefined && "items" in value ? value.items : [];
}

function textOf(value: Value | undefined): string {
  return value?.kind === "string" ? value.value : "";
}

const listOfStrings = { kind: "list", element: stringType } as const;
const listOfAny = { kind: "list", element: anyType } as const;
const description = "for tests";

export const testFunctions: ReadonlyMap<string, LanguageFunction> = new Map<string, LanguageFunction>([
  [
    "upper",
    {
      kind: "value",
      description,
      parameters: [{ name: "s", type: stringType }],
      call: ([s]) => stringValue(textOf(s).toUpperCase()),
    },
  ],
  [
    "sum",
    {
      kind: "value",
      description,
      parameters: [{ name: "first", type: numberType }],
      variadic: { name: "more", type: numberType },
      call: (args) => numberValue(fromInteger(args.reduce((total, arg) => total + numeric(arg), 0))),
    },
  ],
  [
    "join",
    {
      kind: "value",
      description,
      parameters: [
        { name: "separator", type: stringType },
        { name: "items", type: listOfStrings },
      ],
      call: ([separator, items]) => stringValue(itemsOf(items).map(textOf).join(textOf(separator))),
    },
  ],
  [
    "tolist",
    { kind: "value", description, parameters: [{ name: "l", type: listOfAny }], call: ([l]) => l ?? unknownValue },
  ],
  [
    "toset",
    {
      kind: "value",
      description,
      parameters: [{ name: "l", type: listOfAny }],
      call: ([l]) => setValue(l?.kind === "list" ? l.element : anyType, itemsOf(l)),
    },
  ],
  [
    "range",
    {
      kind: "value",
      description,
      parameters: [{ name: "end", type: numberType }],
      call: ([end]) =>
        listValue(
          numberType,
          Array.from({ length: numeric(end) }, (_, i) => numberValue(fromInteger(i))),
        ),
    },
  ],
  [
    "isnull",
    {
      kind: "value",
      description,
      parameters: [{ name: "v", type: anyType, allowNull: true }],
      call: ([v]) => boolValue(v?.kind === "null"),
    },
  ],
  [
    "refuse",
    {
      kind: "value",
      description,
      parameters: [],
      variadic: { name: "values", type: anyType },
      call: (args) => {
        throw new FunctionFailure("it refuses", args.length > 1 ? 1 : undefined);
      },
    },
  ],
  [
    "can",
    {
      kind: "expression",
      description,
      minimum: 1,
      maximum: 1,
      call: ([e], attempt) => boolValue(e !== undefined && attempt(e).ok),
    },
  ],
  [
    "try",
    {
      kind: "expression",
      description,
      minimum: 1,
      call: (args, attempt) => {
        for (const argument of args) {
          const result = attempt(argument);
          if (result.ok) return result.value;
        }
        throw new FunctionFailure("nothing could be evaluated");
      },
    },
  ],
]);
