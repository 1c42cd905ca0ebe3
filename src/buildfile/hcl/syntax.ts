/**
 * The syntax tree all build file formats share. The native parser makes it from HCL; the JSON and TOML readers make the
 * same nodes from their documents (their strings are templates), so everything after parsing knows one language.
 *
 * The tree is what a file means, not how it is laid out: escapes are resolved, trim marks and heredoc indentation are
 * applied. Printing a tree and parsing the print gives an equal tree (spans aside).
 */
import type { Source, Span } from "../../base/span.ts";

export interface Body {
  readonly attributes: readonly Attribute[];
  readonly blocks: readonly Block[];
  readonly span: Span;
}

export interface Attribute {
  readonly name: string;
  readonly nameSpan: Span;
  readonly value: Expression;
  readonly span: Span;
}

export interface Block {
  readonly type: string;
  readonly typeSpan: Span;
  readonly labels: readonly Label[];
  readonly body: Body;
  /** From the type to the closing brace. */
  readonly span: Span;
}

export interface Label {
  readonly text: string;
  readonly span: Span;
}

export type BuildFileFormat = "hcl" | "json" | "toml";

/** One parsed build file. */
export interface SyntaxFile {
  readonly source: Source;
  readonly format: BuildFileFormat;
  readonly body: Body;
}

export type Expression =
  | NumberLiteral
  | BooleanLiteral
  | NullLiteral
  | Template
  | Name
  | AttributeAccess
  | IndexAccess
  | Splat
  | SplatItem
  | FunctionCall
  | Unary
  | Binary
  | Conditional
  | Tuple
  | ObjectLiteral
  | ForExpression
  | Parenthesized;

interface Node {
  readonly span: Span;
}

/** `text` is the decimal as written (`007`, `1.50`, `1e3`), without sign. JSON and TOML numbers may carry a leading `-`. */
export interface NumberLiteral extends Node {
  readonly kind: "number";
  readonly text: string;
}

export interface BooleanLiteral extends Node {
  readonly kind: "boolean";
  readonly value: boolean;
}

export interface NullLiteral extends Node {
  readonly kind: "null";
}

/**
 * A quoted string, a heredoc, or a string of a JSON or TOML document. No parts is the empty string. With exactly one part that is
 * an interpolation, its value is the template's value, type kept.
 */
export interface Template extends Node {
  readonly kind: "template";
  readonly parts: readonly TemplatePart[];
}

export type TemplatePart = TemplateText | TemplateInterpolation | TemplateIf | TemplateFor;

export interface TemplateText extends Node {
  readonly kind: "text";
  readonly text: string;
}

export interface TemplateInterpolation extends Node {
  readonly kind: "interpolation";
  readonly expression: Expression;
}

export interface TemplateIf extends Node {
  readonly kind: "if";
  readonly condition: Expression;
  readonly then: readonly TemplatePart[];
  /** Absent when there is no `%{ else }`. */
  readonly otherwise?: readonly TemplatePart[];
}

export interface TemplateFor extends Node {
  readonly kind: "for";
  readonly keyName?: string;
  readonly valueName: string;
  readonly collection: Expression;
  readonly body: readonly TemplatePart[];
}

/** A bare name: a variable, a loop name, `target`, `group`. */
export interface Name extends Node {
  readonly kind: "name";
  readonly name: string;
}

/** `object.name`. */
export interface AttributeAccess extends Node {
  readonly kind: "attribute";
  readonly object: Expression;
  readonly name: string;
  readonly nameSpan: Span;
}

/** `object[index]`, and `object.0` (the index is then a number literal). */
export interface IndexAccess extends Node {
  readonly kind: "index";
  readonly object: Expression;
  readonly index: Expression;
}

/** `object[*]each` (full) and `object.*each` (attribute); `each` holds a `splat-item` where the element goes. */
export interface Splat extends Node {
  readonly kind: "splat";
  readonly style: "full" | "attribute";
  readonly object: Expression;
  readonly each: Expression;
}

/** The element a splat is at, only inside `Splat.each` (the innermost enclosing splat). */
export interface SplatItem extends Node {
  readonly kind: "splat-item";
}

export interface FunctionCall extends Node {
  readonly kind: "call";
  /** Namespaces included: `ns::name`. */
  readonly name: string;
  readonly nameSpan: Span;
  readonly arguments: readonly Expression[];
  /** `f(xs...)`: the last argument is spread. */
  readonly spread: boolean;
  readonly closeSpan: Span;
}

export interface Unary extends Node {
  readonly kind: "unary";
  readonly operator: "-" | "!";
  readonly operand: Expression;
}

export type BinaryOperator = "+" | "-" | "*" | "/" | "%" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "&&" | "||";

export interface Binary extends Node {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly operatorSpan: Span;
  readonly left: Expression;
  readonly right: Expression;
}

export interface Conditional extends Node {
  readonly kind: "conditional";
  readonly condition: Expression;
  readonly then: Expression;
  readonly otherwise: Expression;
}

export interface Tuple extends Node {
  readonly kind: "tuple";
  readonly items: readonly Expression[];
}

export interface ObjectLiteral extends Node {
  readonly kind: "object";
  readonly items: readonly ObjectItem[];
}

export interface ObjectItem {
  readonly key: ObjectKey;
  readonly value: Expression;
  readonly span: Span;
}

/** A bare identifier is its own name; anything else is evaluated and converted to string. */
export type ObjectKey =
  | { readonly kind: "bare"; readonly name: string; readonly span: Span }
  | { readonly kind: "computed"; readonly expression: Expression; readonly span: Span };

/** `[for k, v in c : e if x]` (no key) and `{for k, v in c : key => e... if x}` (with key). */
export interface ForExpression extends Node {
  readonly kind: "for";
  readonly keyName?: string;
  readonly valueName: string;
  readonly collection: Expression;
  readonly key?: Expression;
  readonly value: Expression;
  readonly grouped: boolean;
  readonly condition?: Expression;
}

export interface Parenthesized extends Node {
  readonly kind: "parenthesized";
  readonly expression: Expression;
}
