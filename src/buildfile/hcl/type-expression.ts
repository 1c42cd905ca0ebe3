/** Types as they are written in build files: `list(string)`, `object({ a = number, b = optional(bool) })` (spec section 13.2). */
import type { Diagnostic } from "../../base/diagnostic.ts";
import type { Span } from "../../base/span.ts";
import { didYouMean } from "../../base/suggest.ts";
import { literalString } from "./literal.ts";
import type { Expression, FunctionCall, ObjectItem } from "./syntax.ts";
import { objectType, tupleType } from "./type.ts";
import { anyType, boolType, numberType, stringType, type Type } from "./value.ts";

export type TypeResult =
  | { readonly ok: true; readonly type: Type }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

const typeWords: ReadonlyMap<string, Type> = new Map([
  ["string", stringType],
  ["number", numberType],
  ["bool", boolType],
  ["any", anyType],
]);

const constructors = ["list", "set", "map", "tuple", "object"];

/** The type an expression denotes; nothing in it is evaluated. */
export function parseType(expression: Expression): TypeResult {
  switch (expression.kind) {
    case "name":
      return typeWord(expression.name, expression.span);
    case "call":
      return typeCall(expression);
    case "template":
      return quotedType(expression);
    default:
      return wrong(
        expression.span,
        "a type was expected here",
        "write string, number, bool, any, list(…), set(…), map(…), tuple([…]) or object({…})",
      );
  }
}

function typeWord(word: string, span: Span): TypeResult {
  const type = typeWords.get(word);
  if (type) return { ok: true, type };
  if (constructors.includes(word)) return wrong(span, `${word} needs ${argumentOf(word)}`, `write ${exampleOf(word)}`);
  if (word === "optional") return misplacedOptional(span);
  return wrong(span, `${JSON.stringify(word)} is not a type`, suggestionFor(word));
}

function typeCall(call: FunctionCall): TypeResult {
  const { name, nameSpan } = call;
  if (name === "optional") return misplacedOptional(nameSpan);
  if (typeWords.has(name)) return wrong(call.span, `${name} takes no arguments`, `write ${name}`);
  if (!constructors.includes(name))
    return wrong(nameSpan, `${JSON.stringify(name)} is not a type`, suggestionFor(name));
  const [argument, extra] = call.arguments;
  if (argument === undefined) return wrong(call.span, `${name} needs ${argumentOf(name)}`, `write ${exampleOf(name)}`);
  if (extra !== undefined || call.spread) {
    return wrong(
      (extra ?? argument).span,
      `${name} takes ${argumentOf(name)} and nothing else`,
      `write ${exampleOf(name)}`,
    );
  }
  if (name === "tuple") return tupleOf(argument);
  if (name === "object") return objectOf(argument);
  const element = parseType(argument);
  if (!element.ok) return element;
  return { ok: true, type: { kind: name === "list" ? "list" : name === "set" ? "set" : "map", element: element.type } };
}

function tupleOf(argument: Expression): TypeResult {
  if (argument.kind !== "tuple")
    return wrong(argument.span, "tuple needs a list of types", `write ${exampleOf("tuple")}`);
  const results = argument.items.map(parseType);
  const diagnostics = results.flatMap((result) => (result.ok ? [] : result.diagnostics));
  if (diagnostics.length > 0) return { ok: false, diagnostics };
  return { ok: true, type: tupleType(results.flatMap((result) => (result.ok ? [result.type] : []))) };
}

function objectOf(argument: Expression): TypeResult {
  if (argument.kind !== "object") {
    return wrong(argument.span, "object needs its attributes in braces", `write ${exampleOf("object")}`);
  }
  const diagnostics: Diagnostic[] = [];
  const attributes = new Map<string, Type>();
  const optional = new Set<string>();
  for (const item of argument.items) {
    const name = attributeName(item);
    const parsed = attributeType(item.value);
    if (name === undefined) diagnostics.push(diagnostic(item.key.span, "an attribute name was expected here"));
    if (!parsed.ok) diagnostics.push(...parsed.diagnostics);
    if (name === undefined || !parsed.ok) continue;
    if (attributes.has(name)) {
      diagnostics.push(
        diagnostic(item.key.span, `the attribute ${JSON.stringify(name)} is declared twice`, "remove one"),
      );
    }
    attributes.set(name, parsed.type);
    if (parsed.optional) optional.add(name);
  }
  if (diagnostics.length > 0) return { ok: false, diagnostics };
  return { ok: true, type: objectType(attributes, optional) };
}

function attributeName({ key }: ObjectItem): string | undefined {
  return key.kind === "bare" ? key.name : literalString(key.expression);
}

function attributeType(
  expression: Expression,
): (TypeResult & { readonly ok: true; readonly optional: boolean }) | (TypeResult & { readonly ok: false }) {
  if (expression.kind !== "call" || expression.name !== "optional") {
    const plain = parseType(expression);
    return plain.ok ? { ...plain, optional: false } : plain;
  }
  const [argument, extra] = expression.arguments;
  if (argument === undefined || extra !== undefined || expression.spread) {
    const place = extra?.span ?? expression.span;
    return { ok: false, diagnostics: [diagnostic(place, "optional takes one type", "write optional(string)")] };
  }
  const inner = parseType(argument);
  return inner.ok ? { ...inner, optional: true } : inner;
}

function quotedType(expression: Expression): TypeResult {
  const text = literalString(expression);
  const hint = text === undefined ? undefined : `write ${text.trim()}, without the quotes`;
  return wrong(expression.span, "a type is written without quotes", hint);
}

function misplacedOptional(span: Span): TypeResult {
  return wrong(span, "optional(…) stands for an attribute of an object only", `write ${exampleOf("object")}`);
}

function suggestionFor(word: string): string {
  const known = [...typeWords.keys(), ...constructors];
  return didYouMean(word, known) ?? aliases.get(word) ?? `types are ${known.join(", ")}`;
}

/** What other languages call them. */
const aliases: ReadonlyMap<string, string> = new Map([
  ["text", "write string"],
  ["str", "write string"],
  ["int", "write number"],
  ["integer", "write number"],
  ["float", "write number"],
  ["boolean", "write bool"],
  ["array", "write list(…)"],
  ["dict", "write map(…)"],
]);

function argumentOf(kind: string): string {
  if (kind === "tuple") return "a list of types";
  return kind === "object" ? "its attributes in braces" : "one element type";
}

function exampleOf(kind: string): string {
  if (kind === "tuple") return "tuple([string, number])";
  return kind === "object" ? "object({ name = string, size = optional(number) })" : `${kind}(string)`;
}

function wrong(span: Span, message: string, hint?: string): TypeResult {
  return { ok: false, diagnostics: [diagnostic(span, message, hint)] };
}

function diagnostic(span: Span, message: string, hint?: string): Diagnostic {
  return { code: "eval/invalid-type", severity: "error", message, span, ...(hint !== undefined && { hint }) };
}
