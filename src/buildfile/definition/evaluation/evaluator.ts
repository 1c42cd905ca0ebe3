/** Evaluates the expressions of a definition: whatever an expression names is evaluated before it, once, without recursion. */
import { DiagnosticList } from "../../../base/diagnostic.ts";
import type { Span } from "../../../base/span.ts";
import { didYouMean } from "../../../base/suggest.ts";
import { defaultBudget, EvaluationBudget } from "../../hcl/budget.ts";
import { type Dependencies, dependenciesOf } from "../../hcl/dependencies.ts";
import { evaluate } from "../../hcl/evaluate.ts";
import type { FunctionWorld } from "../../hcl/function.ts";
import type { Expression, ObjectItem, TemplatePart } from "../../hcl/syntax.ts";
import type { Value } from "../../hcl/value.ts";
import { DefinitionScope } from "./definition-scope.ts";
import { Demand, type Dependency, type Task } from "./demand.ts";
import { isBlockKind, type NameTable, type Place, type ValueTask } from "./names.ts";

const stepsOfBlock = 500;
const charactersOfBlock = 4096;

export class Evaluator {
  readonly report: DiagnosticList = new DiagnosticList();
  readonly names: NameTable;
  readonly world: FunctionWorld;
  readonly #demand: Demand = new Demand(this.report);
  // Not a weak map: those cost the garbage collector more than all evaluation, and a run is short.
  readonly #analyses = new Map<Expression, Dependencies>();
  #budget = new EvaluationBudget();
  /** The first expression that came out unknown. */
  #unknown: Span | undefined;
  /** That of the place asked for last: the attributes of a block come one after the other. */
  #scope: DefinitionScope | undefined;

  constructor(names: NameTable, world: FunctionWorld) {
    this.names = names;
    this.world = world;
  }

  get budget(): EvaluationBudget {
    return this.#budget;
  }

  /** A value that is missing was reported; when it was not, that is a bug, and going on would lose it without a word. */
  assertExplained(): void {
    if (this.#unknown === undefined || this.report.hasErrors) return;
    const { source, start, end } = this.#unknown;
    throw new Error(`no value, and no reason why, for ${source.name}: ${source.text.slice(start, end)}`);
  }

  /** Runs a task after everything it depends on. */
  require(task: Task): void {
    this.#demand.require(task);
  }

  /** Gives what follows the work that so many targets and groups may take, on top of what a definition may take anyhow. */
  allowFor(blocks: number): void {
    this.#budget = new EvaluationBudget({
      steps: defaultBudget.steps + blocks * stepsOfBlock,
      characters: defaultBudget.characters + blocks * charactersOfBlock,
    });
    this.#scope = undefined;
  }

  /** The value of a task that has run; it is a bug when it has not, because values would go missing without a word. */
  settled(task: ValueTask): Value {
    if (!this.#demand.isFinished(task)) throw new Error(`${task.title} is used before it is evaluated`);
    return task.value;
  }

  /** A hint that names the nearest of the known names; not for the hundredth time, because looking at all of them takes its time. */
  suggest(word: string, known: () => Iterable<string>): string | undefined {
    return this.#budget.allowSuggestion() ? didYouMean(word, known()) : undefined;
  }

  /** What an expression names, found without evaluating it. */
  analyse(expression: Expression): Dependencies {
    const known = this.#analyses.get(expression);
    if (known) return known;
    const found = dependenciesOf(expression);
    this.#analyses.set(expression, found);
    return found;
  }

  /** The tasks an expression needs that have not run. Names that nothing has are left to evaluation, which may never come to them. */
  dependencies(expression: Expression, place: Place): readonly Dependency[] {
    if (this.#isReady(expression, place)) return none;
    // Only what is evaluated in many places, in every cell of a matrix, is worth remembering.
    const often = place.bound.size > 0;
    const { names, functions, references } = often ? this.analyse(expression) : dependenciesOf(expression);
    const found: Dependency[] = [];
    for (const { name, span } of names) if (!place.bound.has(name)) this.#add(found, this.names.value(name), span);
    for (const { name, span } of functions) this.#add(found, this.names.function(name), span);
    if (place.noReferences !== undefined) return found;
    for (const { root, steps, span } of references) {
      if (!isBlockKind(root) || place.bound.has(root)) continue;
      const [blockName, attributeName] = steps;
      const block = blockName && this.names.block(root, blockName.name);
      if (!block) continue;
      const wanted = attributeName ? [attributeName.name] : block.attributeNames;
      for (const name of wanted) this.#add(found, block.attribute(name), span);
    }
    return found;
  }

  /** Evaluates; what the expression needs must have run. */
  evaluate(expression: Expression, place: Place, report: DiagnosticList = this.report): Value {
    if (this.#scope?.place !== place) this.#scope = new DefinitionScope(this, place);
    const value = evaluate(expression, this.#scope, report);
    if (value.kind === "unknown" && report === this.report) this.#unknown ??= expression.span;
    return value;
  }

  /** Runs what the expression needs, then evaluates it. Not for use inside of a task, which names its dependencies instead. */
  evaluateNow(expression: Expression, place: Place): Value {
    for (const { task } of this.dependencies(expression, place)) this.require(task);
    return this.evaluate(expression, place);
  }

  /**
   * Whether an expression plainly needs nothing that has not run, as most do: they are literals, and names of variables, which come
   * first. What is not plain is analysed.
   */
  #isReady(expression: Expression, place: Place): boolean {
    switch (expression.kind) {
      case "template":
        return this.#partsAreReady(expression.parts, place);
      case "number":
      case "boolean":
      case "null":
        return true;
      case "name":
        return place.bound.has(expression.name) || this.#hasRun(this.names.value(expression.name));
      case "attribute":
        if (expression.object.kind === "name" && isBlockKind(expression.object.name)) return false;
        return this.#isReady(expression.object, place);
      case "call":
        return this.#hasRun(this.names.function(expression.name)) && this.#areReady(expression.arguments, place);
      case "binary":
        return this.#isReady(expression.left, place) && this.#isReady(expression.right, place);
      case "tuple":
        return this.#areReady(expression.items, place);
      case "object":
        return this.#itemsAreReady(expression.items, place);
      default:
        return false;
    }
  }

  #areReady(expressions: readonly Expression[], place: Place): boolean {
    for (let i = 0; i < expressions.length; i++) {
      const expression = expressions[i];
      if (expression !== undefined && !this.#isReady(expression, place)) return false;
    }
    return true;
  }

  #partsAreReady(parts: readonly TemplatePart[], place: Place): boolean {
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i];
      if (part === undefined || part.kind === "text") continue;
      if (part.kind !== "interpolation" || !this.#isReady(part.expression, place)) return false;
    }
    return true;
  }

  #itemsAreReady(items: readonly ObjectItem[], place: Place): boolean {
    for (let i = 0; i < items.length; i++) {
      const item = items[i];
      if (item === undefined) continue;
      if (!this.#isReady(item.value, place)) return false;
      if (item.key.kind === "computed" && !this.#isReady(item.key.expression, place)) return false;
    }
    return true;
  }

  #hasRun(task: Task | undefined): boolean {
    return task === undefined || this.#demand.isFinished(task);
  }

  #add(found: Dependency[], task: Task | undefined, use: Span): void {
    if (task && !this.#hasRun(task)) found.push({ task, use });
  }
}

const none: readonly Dependency[] = [];
