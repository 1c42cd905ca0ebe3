/** What the bodies of all files declare, put together in the order of the files; nothing is evaluated here. */
import type { Checked } from "../../base/diagnostic.ts";
import { DiagnosticList } from "../../base/diagnostic.ts";
import type { Span } from "../../base/span.ts";
import { didYouMean } from "../../base/suggest.ts";
import { literalString } from "../hcl/literal.ts";
import type { Attribute, Block, Expression, Label, SyntaxFile } from "../hcl/syntax.ts";
import { targetAttributes } from "./attributes/target-attributes.ts";
import { problem } from "./problems.ts";

export interface Declarations {
  readonly variables: ReadonlyMap<string, VariableDeclaration>;
  readonly functions: ReadonlyMap<string, FunctionDeclaration>;
  /** Top level attributes: constants. */
  readonly globals: ReadonlyMap<string, Attribute>;
  /** Globals that a later file's global of the same name replaced, latest first. */
  readonly earlierGlobals: ReadonlyMap<string, readonly Attribute[]>;
  /** Targets and groups in order; blocks of one name stay apart. */
  readonly blocks: readonly BlockDeclaration[];
}

export interface VariableDeclaration {
  readonly name: string;
  readonly label: Label;
  readonly defaultValue?: Expression;
  readonly type?: Expression;
  readonly description?: string;
  readonly validations: readonly ValidationDeclaration[];
  /** The block of the same name that this one replaced. */
  readonly replaced?: VariableDeclaration;
}

export interface ValidationDeclaration {
  readonly condition?: Expression;
  readonly message?: Expression;
  readonly span: Span;
}

export interface FunctionDeclaration {
  readonly name: string;
  readonly label: Label;
  readonly params?: Attribute;
  readonly variadicParam?: Attribute;
  readonly result?: Attribute;
}

export type BlockKind = "target" | "group";

export interface BlockDeclaration {
  readonly kind: BlockKind;
  readonly label: Label;
  readonly attributes: ReadonlyMap<string, Attribute>;
}

const blockTypes = ["variable", "function", "target", "group"];
const blockName = /^[a-zA-Z0-9_-]+$/;

/** Whether a text may name a target or a group. */
export function isBlockName(text: string): boolean {
  return blockName.test(text);
}

/** `reserved` are the built-in variables, `functionNames` the functions of the library: neither can be declared again. */
export function collectDeclarations(
  files: readonly SyntaxFile[],
  reserved: ReadonlySet<string>,
  functionNames: ReadonlySet<string>,
): Checked<Declarations> {
  const collector = new Collector(reserved, functionNames);
  for (const file of files) collector.addFile(file);
  return { value: collector, diagnostics: collector.report.items };
}

class Collector implements Declarations {
  readonly report = new DiagnosticList();
  readonly variables = new Map<string, VariableDeclaration>();
  readonly functions = new Map<string, FunctionDeclaration>();
  readonly globals = new Map<string, Attribute>();
  readonly earlierGlobals = new Map<string, readonly Attribute[]>();
  readonly blocks: BlockDeclaration[] = [];
  readonly #reserved: ReadonlySet<string>;
  readonly #functionNames: ReadonlySet<string>;

  constructor(reserved: ReadonlySet<string>, functionNames: ReadonlySet<string>) {
    this.#reserved = new Set([...reserved, "target", "group"]);
    this.#functionNames = functionNames;
  }

  addFile(file: SyntaxFile): void {
    const inThisFile = new Set<string>();
    for (const attribute of file.body.attributes) {
      // The parser reports a name given twice in one body; the first stays.
      if (inThisFile.has(attribute.name)) continue;
      inThisFile.add(attribute.name);
      if (this.#mayDeclare(attribute.name, attribute.nameSpan)) this.#addGlobal(attribute);
    }
    for (const block of file.body.blocks) this.#addBlock(block);
  }

  #addGlobal(attribute: Attribute): void {
    const { name } = attribute;
    const replaced = this.globals.get(name);
    if (replaced) this.earlierGlobals.set(name, [replaced, ...(this.earlierGlobals.get(name) ?? [])]);
    this.globals.set(name, attribute);
  }

  #addBlock(block: Block): void {
    if (!blockTypes.includes(block.type)) {
      this.report.add(
        problem("buildfile/unknown-block", {
          message: `block type ${JSON.stringify(block.type)} is not known and is ignored`,
          span: block.typeSpan,
          hint: didYouMean(block.type, blockTypes) ?? `blocks are ${blockTypes.join(", ")}`,
        }),
      );
      return;
    }
    const label = this.#onlyLabel(block);
    if (!label) return;
    if (block.type === "variable") this.#addVariable(block, label);
    else if (block.type === "function") this.#addFunction(block, label);
    else this.#addNamedBlock(block.type === "target" ? "target" : "group", block, label);
  }

  #onlyLabel(block: Block): Label | undefined {
    const label = block.labels[0];
    const extra = block.labels[1];
    if (label && !extra) return label;
    this.report.add(
      problem("buildfile/label-count", {
        message: label
          ? `a ${block.type} has one name, but a second one follows: ${JSON.stringify(extra?.text)}`
          : `this ${block.type} has no name`,
        span: extra?.span ?? block.typeSpan,
        hint: `write: ${block.type} ${JSON.stringify(label?.text ?? "name")} { … }`,
      }),
    );
    return undefined;
  }

  #mayDeclare(name: string, span: Span): boolean {
    if (!this.#reserved.has(name)) return true;
    this.report.add(
      problem("buildfile/reserved-name", {
        message: `${JSON.stringify(name)} is a name of the language, so this declaration is ignored`,
        span,
        hint: "choose another name",
      }),
    );
    return false;
  }

  #addVariable(block: Block, label: Label): void {
    const body = this.#read(block, ["default", "type", "description"], "buildfile/unknown-attribute");
    const validations = this.#validations(block);
    if (!this.#mayDeclare(label.text, label.span)) return;
    const description = this.#constantDescription(body.get("description"));
    const defaultValue = body.get("default")?.value;
    const type = body.get("type")?.value;
    // A later block replaces the whole, and takes the later place.
    const replaced = this.variables.get(label.text);
    this.variables.delete(label.text);
    this.variables.set(label.text, {
      name: label.text,
      label,
      ...(defaultValue && { defaultValue }),
      ...(type && { type }),
      ...(description !== undefined && { description }),
      validations,
      ...(replaced && { replaced }),
    });
  }

  #validations(block: Block): readonly ValidationDeclaration[] {
    const found: ValidationDeclaration[] = [];
    for (const nested of block.body.blocks) {
      if (nested.type !== "validation") {
        this.#unexpectedBlock(nested, block, ["validation"]);
        continue;
      }
      const body = this.#read(nested, ["condition", "error_message"], "buildfile/unexpected-attribute");
      const condition = body.get("condition")?.value;
      const message = body.get("error_message")?.value;
      found.push({ ...(condition && { condition }), ...(message && { message }), span: nested.typeSpan });
    }
    return found;
  }

  #constantDescription(attribute: Attribute | undefined): string | undefined {
    if (!attribute || attribute.value.kind === "null") return undefined;
    const text = literalString(attribute.value);
    if (text === undefined) {
      this.report.add(
        problem("buildfile/not-constant", {
          message: "the description of a variable must be plain text",
          span: attribute.value.span,
          hint: "write it without ${…} and without functions",
        }),
      );
    }
    return text;
  }

  #addFunction(block: Block, label: Label): void {
    const body = this.#read(block, ["params", "variadic_params", "result"], "buildfile/unexpected-attribute");
    for (const nested of block.body.blocks) this.#unexpectedBlock(nested, block, []);
    if (this.#functionNames.has(label.text)) {
      this.report.add(
        problem("buildfile/reserved-name", {
          message: `function ${JSON.stringify(label.text)} is built in, so calls do not use this declaration`,
          span: label.span,
          hint: "choose another name",
        }),
      );
    }
    const params = body.get("params");
    const variadicParam = body.get("variadic_params");
    const result = body.get("result");
    this.functions.set(label.text, {
      name: label.text,
      label,
      ...(params && { params }),
      ...(variadicParam && { variadicParam }),
      ...(result && { result }),
    });
  }

  #addNamedBlock(kind: BlockKind, block: Block, label: Label): void {
    if (!isBlockName(label.text)) {
      this.report.add(
        problem("buildfile/invalid-name", {
          message: `invalid ${kind} name ${JSON.stringify(label.text)}`,
          span: label.span,
          hint: "names are made of letters, digits, _ and -",
        }),
      );
      return;
    }
    const attributes = new Map<string, Attribute>();
    block.body.attributes.forEach((attribute) => {
      if (!attributes.has(attribute.name)) attributes.set(attribute.name, attribute);
    });
    for (const nested of block.body.blocks) {
      this.#unexpectedBlock(nested, block, kind === "target" ? [...targetAttributes.keys(), "matrix"] : []);
    }
    this.blocks.push({ kind, label, attributes });
  }

  /** The attributes of a body by name; others than `known` are reported under `code`. */
  #read(
    block: Block,
    known: readonly string[],
    code: "buildfile/unknown-attribute" | "buildfile/unexpected-attribute",
  ): ReadonlyMap<string, Attribute> {
    const found = new Map<string, Attribute>();
    for (const attribute of block.body.attributes) {
      if (known.includes(attribute.name)) {
        if (!found.has(attribute.name)) found.set(attribute.name, attribute);
        continue;
      }
      this.report.add(
        problem(code, {
          message: `a ${block.type} has no attribute ${JSON.stringify(attribute.name)}${code === "buildfile/unknown-attribute" ? ", so it is ignored" : ""}`,
          span: attribute.nameSpan,
          hint: didYouMean(attribute.name, known) ?? `it has ${known.join(", ")}`,
        }),
      );
    }
    return found;
  }

  /** `meant` are the names of what could be meant. */
  #unexpectedBlock(nested: Block, parent: Block, meant: readonly string[]): void {
    this.report.add(
      problem("buildfile/unexpected-block", {
        message: `a ${parent.type} has no block ${JSON.stringify(nested.type)}, so it is ignored`,
        span: nested.typeSpan,
        hint:
          parent.type === "target" && meant.includes(nested.type)
            ? `write it with an equals sign: ${nested.type} = { … }`
            : didYouMean(nested.type, meant),
      }),
    );
  }
}
