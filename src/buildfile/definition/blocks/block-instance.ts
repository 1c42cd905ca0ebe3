/** A target or a group as one of its blocks says it; a matrix block makes one for each cell. Attributes are evaluated one by one. */
import type { Span } from "../../../base/span.ts";
import type { TargetSettings } from "../../definition.ts";
import type { Attribute, Expression } from "../../hcl/syntax.ts";
import { stringValue, unknownValue, type Value } from "../../hcl/value.ts";
import type { AttributeKind } from "../attributes/attribute-kind.ts";
import { groupAttributes } from "../attributes/group-attributes.ts";
import { targetAttributes } from "../attributes/target-attributes.ts";
import type { BlockDeclaration, BlockKind } from "../declarations.ts";
import type { Dependency } from "../evaluation/demand.ts";
import type { Evaluator } from "../evaluation/evaluator.ts";
import { constantTask, type Place, type ReferencedBlock, type ValueTask } from "../evaluation/names.ts";

export interface BlockOrigin {
  readonly declaration: BlockDeclaration;
  readonly name: string;
  /** What its expressions see beside the declared names: the axes of its matrix cell. */
  readonly place: Place;
  /** The folder of its file, when paths are relative to it. */
  readonly folder: string | undefined;
  /** The matrix cell it was made from: axis name to the value as text. */
  readonly cell?: ReadonlyMap<string, string>;
}

export class BlockInstance implements ReferencedBlock {
  readonly origin: BlockOrigin;
  readonly #evaluator: Evaluator;
  readonly #attributes = new Map<string, AttributeTask>();
  /** What references to attributes found that the block does not set. */
  #constants: Map<string, ValueTask> | undefined;

  constructor(origin: BlockOrigin, evaluator: Evaluator) {
    this.origin = origin;
    this.#evaluator = evaluator;
  }

  get name(): string {
    return this.origin.name;
  }

  get attributeNames(): readonly string[] {
    return [...attributesOf(this.origin.declaration.kind).keys(), "name"];
  }

  /** The folder its context is relative to; the folder of another block when the context was taken over from there. */
  get contextFolder(): string | undefined {
    return this.#attributes.get("context")?.folder ?? this.origin.folder;
  }

  attribute(name: string): ValueTask | undefined {
    const kind = attributesOf(this.origin.declaration.kind).get(name);
    const set = kind && this.#task(name, kind);
    if (set) return set;
    const value = name === "name" ? stringValue(this.name) : kind?.unset;
    return value && this.#constant(name, value);
  }

  /** Evaluates everything the block sets. */
  evaluate(): void {
    const kinds = attributesOf(this.origin.declaration.kind);
    this.origin.declaration.attributes.forEach((_, name) => {
      const kind = kinds.get(name);
      const task = kind && this.#task(name, kind);
      if (task) this.#evaluator.require(task);
    });
  }

  /** What the block sets, as far as it could be evaluated. */
  settings(): TargetSettings {
    const settings: TargetSettings = {};
    this.#attributes.forEach((task) => {
      Object.assign(settings, task.settings);
    });
    return settings;
  }

  #constant(name: string, value: Value): ValueTask {
    this.#constants ??= new Map();
    const known = this.#constants.get(name);
    if (known) return known;
    const task = constantTask(value);
    this.#constants.set(name, task);
    return task;
  }

  #task(name: string, kind: AttributeKind): AttributeTask | undefined {
    const known = this.#attributes.get(name);
    if (known) return known;
    const attribute = this.origin.declaration.attributes.get(name);
    if (!attribute) return undefined;
    const task = new AttributeTask({ attribute, kind, block: this.origin }, this.#evaluator);
    this.#attributes.set(name, task);
    return task;
  }
}

interface AttributeOrigin {
  readonly attribute: Attribute;
  readonly kind: AttributeKind;
  readonly block: BlockOrigin;
}

const noSettings: TargetSettings = {};

class AttributeTask implements ValueTask {
  settings: TargetSettings = noSettings;
  folder: string | undefined;
  #value: Value | (() => Value) = unknownValue;
  readonly #attribute: Attribute;
  readonly #kind: AttributeKind;
  readonly #block: BlockOrigin;
  readonly #evaluator: Evaluator;

  constructor({ attribute, kind, block }: AttributeOrigin, evaluator: Evaluator) {
    this.#attribute = attribute;
    this.#kind = kind;
    this.#block = block;
    this.#evaluator = evaluator;
  }

  get title(): string {
    const block = this.#block;
    return `${block.declaration.kind}.${block.name}.${this.#attribute.name}`;
  }

  get value(): Value {
    if (typeof this.#value === "function") this.#value = this.#value();
    return this.#value;
  }

  dependencies(): readonly Dependency[] {
    return this.#evaluator.dependencies(this.#attribute.value, this.#block.place);
  }

  run(): void {
    const attribute = this.#attribute;
    const block = this.#block;
    this.folder = this.#folder();
    const value = this.#evaluator.evaluate(attribute.value, block.place);
    if (value.kind === "unknown") return;
    if (value.kind === "null") {
      this.#value = this.#kind.unset;
      return;
    }
    const reading = this.#kind.read({
      name: attribute.name,
      expression: attribute.value,
      value,
      block: block.name,
      cell: block.cell,
      folder: this.folder,
      report: this.#evaluator.report,
    });
    if (!reading) return;
    this.#value = reading.value;
    this.settings = reading.settings;
  }

  abandon(): void {}

  /** A context taken over from another target stays relative to the folder it was relative to there. */
  #folder(): string | undefined {
    const attribute = this.#attribute;
    const block = this.#block;
    if (block.folder === undefined || attribute.name !== "context") return block.folder;
    const source = referredContext(attribute.value);
    const other = source && this.#evaluator.names.block(source.kind, source.name);
    return other?.contextFolder ?? block.folder;
  }
}

function attributesOf(kind: BlockKind): ReadonlyMap<string, AttributeKind> {
  return kind === "target" ? targetAttributes : groupAttributes;
}

/** For an expression that is exactly `target.x.context`: x. */
function referredContext(expression: Expression): { readonly kind: BlockKind; readonly name: string } | undefined {
  if (expression.kind !== "attribute" || expression.name !== "context") return undefined;
  const { object } = expression;
  if (object.kind !== "attribute" || object.object.kind !== "name" || object.object.name !== "target") return undefined;
  return { kind: "target", name: object.name };
}

/** The place of the label, where problems of the block as a whole are shown. */
export function labelSpan(block: BlockInstance): Span {
  return block.origin.declaration.label.span;
}
