import type { Entries } from "./entry.ts";

function nested(inner: string): string {
  return `${"[".repeat(150)}${inner}${"]".repeat(150)}`;
}

export const evalEntries: Entries = {
  "eval/unknown-variable": {
    fix: "Correct the spelling, or declare the variable; text needs quotes.",
    example: 'target "app" {\n  tags = ["app:${TGA}"]\n}\n',
  },
  "eval/unknown-function": {
    fix: "Correct the spelling; docs/functions.md lists the functions there are.",
    example: 'a = uper("x")\n',
  },
  "eval/missing-attribute": { fix: "Correct the name, or use `lookup` or `try`.", example: "a = { b = 1 }.c\n" },
  "eval/no-attributes": { fix: "Use a function, as in `length(…)`.", example: 'a = "text".length\n' },
  "eval/not-indexable": { fix: "Index a list, a map or an object.", example: "a = 5[0]\n" },
  "eval/invalid-index": { fix: "Use a number for a list, a string for a map.", example: 'a = ["x"]["y"]\n' },
  "eval/index-out-of-range": { fix: "Count from 0, and check `length(…)`.", example: 'a = ["x"][1]\n' },
  "eval/null-value": {
    fix: "Give the variable a default, or use `coalesce`.",
    example: 'variable "N" {\n  type = number\n}\na = 1 + N\n',
  },
  "eval/type-mismatch": { fix: "Convert the value, or correct it.", example: 'a = 1 + "one"\n' },
  "eval/inconsistent-types": { fix: "Make both results the same kind of value.", example: 'a = true ? [1] : "x"\n' },
  "eval/undefined-result": { fix: "Check the divisor first.", example: "a = 0 / 0\n" },
  "eval/number-too-large": { fix: "Use a smaller number, or a string.", example: "a = 1e99999\n" },
  "eval/not-iterable": { fix: "Iterate over a list or a map.", example: "a = [for x in 5 : x]\n" },
  "eval/invalid-key": { fix: "Use a string, a number or a bool as key.", example: "a = { ([1]) = 2 }\n" },
  "eval/duplicate-key": {
    fix: "Group the values with `...`, or make the keys different.",
    example: "a = { for x in [1, 1] : x => x }\n",
  },
  "eval/argument-count": { fix: "Give the arguments the function takes.", example: "a = upper()\n" },
  "eval/invalid-argument": { fix: "Give a value of the type the function takes.", example: "a = upper([])\n" },
  "eval/invalid-spread": { fix: "Spread a list.", example: "a = max(5...)\n" },
  "eval/function-failed": {
    fix: "Correct the argument; the message says what the function did not like.",
    example: 'a = jsondecode("{")\n',
  },
  "eval/value-too-large": {
    fix: "Make it smaller; no build needs values of that size.",
    example: `a = ${nested("1")}\nb = ${nested("a")}\nc = ${nested("b")}\n`,
  },
  "eval/too-much-work": {
    fix: "Use fewer loops inside loops.",
    example: "a = range(1000)\nb = [for x in a : [for y in a : [for z in a : x + y + z]]]\n",
  },
  "eval/invalid-type": {
    meaning: "A type is string, number, bool, any, or list, set, map, tuple or object of types.",
    fix: "Correct the type, as in `list(string)`.",
    example: 'variable "TAGS" {\n  type = lst(string)\n}\n',
  },
};
