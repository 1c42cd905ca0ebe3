/** Matrix blocks: one target for each combination of the axes' values (spec section 19). */
import type { Diagnostic } from "../../../base/diagnostic.ts";
import type { Span } from "../../../base/span.ts";
import type { Expression } from "../../hcl/syntax.ts";
import { describeValue } from "../../hcl/type.ts";
import type { Value } from "../../hcl/value.ts";
import { textOf } from "../attributes/attribute-reader.ts";
import { type BlockDeclaration, isBlockName } from "../declarations.ts";
import type { Evaluator } from "../evaluation/evaluator.ts";
import { openPlace, type Place } from "../evaluation/names.ts";
import { type ProblemCode, type ProblemDetails, problem } from "../problems.ts";
import { jsonText } from "../variables/value-text.ts";
import { entrySpans } from "./part-span.ts";

/** In one definition, all matrixes together. */
export const mostCells = 100_000;

export interface Cell {
  readonly name: string;
  readonly place: Place;
  /** Absent for a target without matrix. */
  readonly values?: ReadonlyMap<string, string>;
}

export interface Cells {
  readonly cells: readonly Cell[];
  /** False when some could not be made, which has been reported. */
  readonly complete: boolean;
}

interface Axis {
  readonly name: string;
  readonly values: readonly Value[];
}

const noReferences = "matrix and name are evaluated before targets";
const noCells: Cells = { cells: [], complete: false };

/** The targets a block stands for: one, or one for each cell of its matrix; `room` is how many cells may still be made. */
export function expandMatrix(declaration: BlockDeclaration, evaluator: Evaluator, room: number): Cells {
  return new Expansion(declaration, evaluator).cells(room);
}

class Expansion {
  readonly #declaration: BlockDeclaration;
  readonly #evaluator: Evaluator;

  constructor(declaration: BlockDeclaration, evaluator: Evaluator) {
    this.#declaration = declaration;
    this.#evaluator = evaluator;
  }

  cells(room: number): Cells {
    const matrix = this.#declaration.attributes.get("matrix")?.value;
    const value = matrix && this.#evaluator.evaluateNow(matrix, { bound: openPlace.bound, noReferences });
    if (!matrix || !value || value.kind === "null") return this.#single();
    if (value.kind === "unknown") return noCells;
    const axes = this.#axes(matrix, value);
    if (!axes) return noCells;
    const count = axes.reduce((product, axis) => product * axis.values.length, 1);
    if (count > room) return this.#tooMany(matrix, axes, count);
    return this.#named(axes, count);
  }

  #single(): Cells {
    const { attributes, label } = this.#declaration;
    const name = attributes.get("name");
    if (name && name.value.kind !== "null") {
      this.#report("buildfile/matrix-name", {
        message: `target ${JSON.stringify(label.text)} has a name but no matrix`,
        span: name.nameSpan,
        hint: "the name of a target is its label; only the cells of a matrix have computed names",
      });
    }
    return { cells: [{ name: label.text, place: openPlace }], complete: true };
  }

  #axes(matrix: Expression, value: Value): readonly Axis[] | undefined {
    if (!("entries" in value)) {
      this.#report("buildfile/matrix-shape", {
        message: `matrix must be an object of lists, but it is ${describeValue(value)}`,
        span: matrix.span,
        hint: 'write matrix = { version = ["1", "2"] }',
      });
      return undefined;
    }
    const axes: Axis[] = [];
    for (const [name, axis] of value.entries) {
      const values = valuesOf(axis);
      if (values) axes.push({ name, values });
      else if (axis.kind !== "unknown") this.#badAxis(matrix, name, axis);
    }
    return axes.length === value.entries.size ? axes : undefined;
  }

  #badAxis(matrix: Expression, name: string, axis: Value): void {
    this.#report("buildfile/matrix-shape", {
      message: `matrix axis ${JSON.stringify(name)} must be a list of values, but it is ${describeValue(axis)}`,
      span: entrySpans(matrix)(name),
      hint: `write ${name} = [ … ]`,
    });
  }

  #tooMany(matrix: Expression, axes: readonly Axis[], count: number): Cells {
    const sizes = axes.map((axis) => axis.values.length.toLocaleString("en")).join(" × ");
    this.#report("buildfile/matrix-size", {
      message: `this matrix has ${count.toLocaleString("en")} cells${axes.length > 1 ? ` (${sizes})` : ""}, and a definition may have ${mostCells.toLocaleString("en")} in all`,
      span: matrix.span,
      hint: "use fewer axes or values, or several targets",
    });
    return noCells;
  }

  #named(axes: readonly Axis[], count: number): Cells {
    const { attributes, label } = this.#declaration;
    const expression = attributes.get("name")?.value;
    if (!expression && count > 1) {
      this.#report("buildfile/matrix-name", {
        message: `the matrix of target ${JSON.stringify(label.text)} has ${count.toLocaleString("en")} cells, which need names`,
        span: label.span,
        hint: `add name = ${JSON.stringify([label.text, ...axes.map((axis) => `\${${axis.name}}`)].join("-"))}`,
      });
      return noCells;
    }
    const cells = new Map<string, Cell>();
    let complete = true;
    for (let index = 0; index < count; index++) {
      const bound = cellAt(axes, index);
      const name = expression ? this.#nameOf(expression, bound) : label.text;
      if (name === undefined) complete = false;
      else if (cells.has(name)) {
        this.#sameName(expression?.span ?? label.span, name);
        complete = false;
      } else cells.set(name, { name, place: { bound }, values: textsOf(bound) });
    }
    return { cells: [...cells.values()], complete };
  }

  #nameOf(expression: Expression, bound: ReadonlyMap<string, Value>): string | undefined {
    const value = this.#evaluator.evaluateNow(expression, { bound, noReferences });
    if (value.kind === "unknown") return undefined;
    const text = textOf(value);
    if (text !== undefined && isBlockName(text)) return text;
    this.#report("buildfile/invalid-name", {
      message:
        text === undefined
          ? `name must be a string, but it is ${describeValue(value)}`
          : `invalid target name ${JSON.stringify(text)}`,
      span: expression.span,
      hint: "names are made of letters, digits, _ and -; sanitize(…) makes them so",
    });
    return undefined;
  }

  #sameName(span: Span, name: string): void {
    this.#report("buildfile/matrix-name", {
      message: `several cells of the matrix have the name ${JSON.stringify(name)}`,
      span,
      hint: "let the name use every axis",
    });
  }

  #report(code: ProblemCode, details: ProblemDetails): void {
    const { label } = this.#declaration;
    const related = [{ message: `in target ${JSON.stringify(label.text)}`, span: label.span }];
    const found: Diagnostic = problem(code, { ...details, ...(details.span !== label.span && { related }) });
    this.#evaluator.report.add(found);
  }
}

/** The first axis varies fastest. */
function cellAt(axes: readonly Axis[], index: number): ReadonlyMap<string, Value> {
  const bound = new Map<string, Value>();
  let rest = index;
  for (const { name, values } of axes) {
    const value = values[rest % values.length];
    if (value) bound.set(name, value);
    rest = Math.floor(rest / values.length);
  }
  return bound;
}

function valuesOf(axis: Value): readonly Value[] | undefined {
  if ("items" in axis) return axis.items;
  return "entries" in axis ? [...axis.entries.values()] : undefined;
}

function textsOf(bound: ReadonlyMap<string, Value>): ReadonlyMap<string, string> {
  return new Map([...bound].map(([name, value]) => [name, textOf(value) ?? jsonText(value)]));
}
