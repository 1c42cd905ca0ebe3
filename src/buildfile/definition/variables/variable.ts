/** Variables, global constants and built-in values: the names expressions use (spec section 13). */
import type { Parsed } from "../../../base/parsed.ts";
import type { Span } from "../../../base/span.ts";
import type { GlobalDefinition, Origin, VariableDefinition } from "../../definition.ts";
import { convert, describeProblem } from "../../hcl/convert.ts";
import type { Attribute, Expression } from "../../hcl/syntax.ts";
import { friendlyTypeName, printType } from "../../hcl/type.ts";
import { parseType } from "../../hcl/type-expression.ts";
import { nullOf, stringValue, type Type, unknownValue, type Value } from "../../hcl/value.ts";
import type { VariableDeclaration } from "../declarations.ts";
import type { Dependency } from "../evaluation/demand.ts";
import type { Evaluator } from "../evaluation/evaluator.ts";
import { openPlace, type Place, type ValueTask } from "../evaluation/names.ts";
import { problem } from "../problems.ts";
import { candidatesOf } from "./candidates.ts";
import { readJsonTyped, readLike, readTyped } from "./override-value.ts";
import { describeOrigin, findOverride, jsonNameOf, type Override, type Overrides } from "./overrides.ts";
import { valueText } from "./value-text.ts";

const variablePlace: Place = { bound: new Map(), noReferences: "variables are evaluated before targets" };

/** A top level attribute. */
export class GlobalTask implements ValueTask {
  readonly title: string;
  readonly span: Span;
  value: Value = unknownValue;
  readonly #expression: Expression;
  readonly #evaluator: Evaluator;

  constructor(attribute: Attribute, evaluator: Evaluator) {
    this.title = attribute.name;
    this.span = attribute.nameSpan;
    this.#expression = attribute.value;
    this.#evaluator = evaluator;
  }

  dependencies(): readonly Dependency[] {
    return this.#evaluator.dependencies(this.#expression, openPlace);
  }

  run(): void {
    this.value = this.#evaluator.evaluate(this.#expression, openPlace);
  }

  abandon(): void {}

  definition(): GlobalDefinition {
    const value = valueText(this.value);
    return { name: this.title, expression: this.#expression, ...(value !== undefined && { value }) };
  }
}

export interface VariableSource {
  readonly declaration: VariableDeclaration;
  /** A top level attribute of the same name: it replaces the default, and the type does not count. */
  readonly global: Attribute | undefined;
  /** Those of earlier files. */
  readonly earlier: readonly Attribute[] | undefined;
  readonly overrides: Overrides;
  readonly isDeclared: (name: string) => boolean;
}

export class VariableTask implements ValueTask {
  readonly title: string;
  readonly span: Span;
  readonly declaration: VariableDeclaration;
  value: Value = unknownValue;
  origin: Origin;
  readonly #default: Expression | undefined;
  readonly #typeExpression: Expression | undefined;
  readonly #source: VariableSource;
  readonly #evaluator: Evaluator;
  #type: Type | undefined;

  constructor(source: VariableSource, evaluator: Evaluator) {
    const { declaration, global } = source;
    this.title = declaration.name;
    this.span = global?.nameSpan ?? declaration.label.span;
    this.declaration = declaration;
    this.origin = global ? { kind: "file", span: global.value.span, block: declaration.name } : { kind: "default" };
    this.#default = global?.value ?? declaration.defaultValue;
    this.#typeExpression = global ? undefined : declaration.type;
    this.#source = source;
    this.#evaluator = evaluator;
  }

  dependencies(): readonly Dependency[] {
    return this.#default ? this.#evaluator.dependencies(this.#default, variablePlace) : [];
  }

  run(): void {
    if (!this.#readType()) return;
    const fallback = this.#fallback();
    const override = findOverride(this.title, this.#source.overrides, {
      typed: this.#type !== undefined,
      isDeclared: this.#source.isDeclared,
    });
    if (override) this.origin = override.origin;
    if (override?.hidden?.kind === "override") this.#warnHidden(override, override.hidden);
    if (fallback.kind === "unknown" || !override) this.value = fallback;
    else this.value = this.#overridden(override, fallback);
  }

  abandon(): void {}

  definition(): VariableDefinition {
    const { name, label, description } = this.declaration;
    const value = valueText(this.value);
    return {
      name,
      span: label.span,
      ...(description !== undefined && { description }),
      ...(this.#type && { type: friendlyTypeName(this.#type) }),
      ...(value !== undefined && { value }),
      origin: this.origin,
      candidates: candidatesOf(this.#source, this.#type !== undefined),
    };
  }

  /** False when there is a type that cannot be read. */
  #readType(): boolean {
    if (!this.#typeExpression) return true;
    const type = parseType(this.#typeExpression);
    if (type.ok) this.#type = type.type;
    else this.#evaluator.report.addAll(type.diagnostics);
    return type.ok;
  }

  #fallback(): Value {
    if (!this.#default) return this.#type ? nullOf(this.#type) : stringValue("");
    const value = this.#evaluator.evaluate(this.#default, variablePlace);
    if (!this.#type) return value;
    const converted = convert(value, this.#type);
    if (converted.kind !== "problem") return converted;
    this.#evaluator.report.add(
      problem("buildfile/default-type", {
        message: `the default of variable ${JSON.stringify(this.title)} does not fit its type: ${describeProblem(converted)}`,
        span: this.#default.span,
        related: [{ message: `the variable is ${printType(this.#type)}`, span: this.declaration.label.span }],
      }),
    );
    return unknownValue;
  }

  #overridden(override: Override, fallback: Value): Value {
    const read = this.#read(override, fallback);
    if (read.ok) return read.value;
    const place = read.offset === undefined ? "" : ` (at character ${read.offset + 1})`;
    this.#evaluator.report.add(
      problem("buildfile/override-value", {
        message: `variable ${JSON.stringify(this.title)} cannot take the value of ${describeOrigin(override.origin)}: ${read.message}${place}`,
        span: this.declaration.label.span,
        hint: this.#overrideHint(override, fallback),
      }),
    );
    return unknownValue;
  }

  #read({ text, json }: Override, fallback: Value): Parsed<Value> {
    if (!this.#type) return readLike(text, fallback);
    if (json) return readJsonTyped(text, this.#type);
    // `any` says nothing about text, so the default does.
    return this.#type.kind === "any" ? readLike(text, fallback) : readTyped(text, this.#type);
  }

  #overrideHint({ json }: Override, fallback: Value): string | undefined {
    const jsonName = jsonNameOf(this.title);
    if (!this.#type && ("items" in fallback || "entries" in fallback)) {
      return `declare a type, for example type = ${"items" in fallback ? "list(string)" : "map(string)"}`;
    }
    if (this.#type && !json && ["object", "any"].includes(this.#type.kind))
      return `set ${jsonName} to JSON text instead`;
    if (this.#type && !json && "element" in this.#type) return `commas separate values; ${jsonName} takes JSON`;
    return undefined;
  }

  #warnHidden({ origin }: Override, hidden: Origin): void {
    this.#evaluator.report.add(
      problem("buildfile/override-hidden", {
        message: `${describeOrigin(hidden)} has no effect, because ${describeOrigin(origin)} is set too`,
        span: this.declaration.label.span,
        hint: "set only one of the two",
      }),
    );
  }
}
