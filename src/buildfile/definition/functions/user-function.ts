/** Functions declared in build files (spec section 14). */
import { type Diagnostic, DiagnosticList } from "../../../base/diagnostic.ts";
import { positionAt, type Span } from "../../../base/span.ts";
import { FunctionFailure, type FunctionParameter, type LanguageFunction } from "../../hcl/function.ts";
import type { Expression } from "../../hcl/syntax.ts";
import { anyType, tupleValue, unknownValue, type Value } from "../../hcl/value.ts";
import type { FunctionDeclaration } from "../declarations.ts";
import type { Dependency } from "../evaluation/demand.ts";
import type { Evaluator } from "../evaluation/evaluator.ts";
import { type FunctionTask, isBlockKind, type Place, type Use } from "../evaluation/names.ts";
import { problem } from "../problems.ts";
import { expressionDepth } from "./expression-depth.ts";
import { missingPart, readParameters } from "./function-parameters.ts";

const typeWords = ["string", "number", "bool", "any", "list", "set", "map", "tuple", "object", "optional"];

/**
 * What the bodies of functions that call each other may be nested in all, by `expressionDepth`. At the worst, with calls as arguments of
 * calls, the default stack holds three times as much.
 */
const deepestCall = 500;

/** What a call costs besides its body, in steps of the budget. */
const stepsOfCall = 20;

/** Stands in for a function whose declaration is wrong and was reported: any call of it is unknown, without a second report. */
const brokenFunction: LanguageFunction = {
  kind: "value",
  parameters: [],
  variadic: { name: "arguments", type: anyType, allowNull: true },
  description: "",
  call: () => unknownValue,
};

export class UserFunction implements FunctionTask {
  readonly title: string;
  readonly #declaration: FunctionDeclaration;
  readonly #evaluator: Evaluator;
  readonly #parameters: readonly Use[];
  readonly #variadic: Use | undefined;
  readonly #report = new DiagnosticList();
  #callable: LanguageFunction = brokenFunction;
  #depth = 0;

  constructor(declaration: FunctionDeclaration, evaluator: Evaluator) {
    this.title = `${declaration.name}()`;
    this.#declaration = declaration;
    this.#evaluator = evaluator;
    const parameters = readParameters(declaration);
    this.#parameters = parameters.value.fixed;
    this.#variadic = parameters.value.variadic;
    this.#report.addAll(parameters.diagnostics);
  }

  get callable(): LanguageFunction {
    return this.#callable;
  }

  get depth(): number {
    return this.#depth;
  }

  dependencies(): readonly Dependency[] {
    const body = this.#declaration.result?.value;
    return body ? this.#evaluator.dependencies(body, this.#place([])) : [];
  }

  run(): void {
    const body = this.#declaration.result?.value;
    if (body) {
      this.#checkNames(body);
      this.#checkDepth(body);
    } else this.#report.add(missingPart(this.#declaration, "result", "result = …"));
    this.#evaluator.report.addAll(this.#report.items);
    if (!body || this.#report.hasErrors) return;
    this.#callable = {
      kind: "value",
      parameters: this.#parameters.map(parameter),
      ...(this.#variadic && { variadic: parameter(this.#variadic) }),
      description: `Declared in ${this.#declaration.label.span.source.name}.`,
      call: (args) => this.#call(body, args),
    };
  }

  abandon(): void {
    this.#evaluator.report.addAll(this.#report.items);
  }

  #call(body: Expression, args: readonly Value[]): Value {
    if (!this.#evaluator.budget.spend(stepsOfCall, body.span)) return unknownValue;
    const report = new DiagnosticList();
    const value = this.#evaluator.evaluate(body, this.#place(args), report);
    const wrong = report.items.find((item) => item.severity === "error");
    if (wrong) throw new FunctionFailure(this.#explain(wrong));
    return value;
  }

  /** The inner place goes into the text: the diagnostic is at the call. */
  #explain(inner: Diagnostic): string {
    return inner.span ? `${inner.message} (in its result, ${placeOf(inner.span)})` : inner.message;
  }

  #place(args: readonly Value[]): Place {
    const bound = new Map<string, Value>();
    for (let i = 0; i < this.#parameters.length; i++) {
      bound.set(this.#parameters[i]?.name ?? "", args[i] ?? unknownValue);
    }
    if (this.#variadic) bound.set(this.#variadic.name, tupleValue(args.slice(this.#parameters.length)));
    return { bound, noReferences: "a function sees its parameters, variables, globals and functions only" };
  }

  /** Unlike elsewhere, an unknown name in a function body is an error even where evaluation would never come to it. */
  #checkNames(body: Expression): void {
    const { names } = this.#evaluator;
    const used = this.#evaluator.analyse(body);
    // The type words of convert(…, list(string)) are no names.
    const words = used.functions.some(({ name }) => name === "convert") ? typeWords : [];
    const own = new Set([...this.#parameters, ...(this.#variadic ? [this.#variadic] : [])].map(({ name }) => name));
    for (const use of used.names) {
      const { name } = use;
      if (own.has(name) || words.includes(name) || names.value(name)) continue;
      const known = () => [...own, ...names.valueNames()];
      if (isBlockKind(name)) this.#wrongName(use, `a function cannot use ${name}.…`);
      else this.#wrongName(use, `no parameter, variable or global is named ${JSON.stringify(name)}`, known);
    }
    for (const use of used.functions) {
      const { name } = use;
      if (words.includes(name) || names.library.has(name) || names.function(name)) continue;
      const known = () => [...names.library.keys(), ...names.functionNames()];
      this.#wrongName(use, `there is no function ${JSON.stringify(name)}`, known);
    }
  }

  #wrongName({ name, span }: Use, message: string, known?: () => Iterable<string>): void {
    this.#report.add(
      problem("buildfile/function-name", {
        message: `function ${JSON.stringify(this.#declaration.name)}: ${message}`,
        span,
        hint: known ? this.#evaluator.suggest(name, known) : "pass what it needs as an argument",
      }),
    );
  }

  /** The functions called have been checked before; together they must fit the stack. */
  #checkDepth(body: Expression): void {
    const called = this.#evaluator
      .analyse(body)
      .functions.map(({ name }) => this.#evaluator.names.function(name)?.depth ?? 0);
    this.#depth = expressionDepth(body) + called.reduce((most, depth) => Math.max(most, depth), 0);
    if (this.#depth <= deepestCall) return;
    // Who calls this one is not told a second time.
    this.#depth = 0;
    this.#report.add(
      problem("buildfile/function-depth", {
        message: `function ${JSON.stringify(this.#declaration.name)} calls functions that call functions, too deep to follow`,
        span: this.#declaration.label.span,
        hint: "use fewer functions on the way",
      }),
    );
  }
}

function parameter({ name }: Use): FunctionParameter {
  return { name, type: anyType };
}

function placeOf(span: Span): string {
  const { line, column } = positionAt(span.source, span.start);
  return `${span.source.name}:${line}:${column}`;
}
