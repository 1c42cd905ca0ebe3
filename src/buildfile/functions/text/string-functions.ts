/** Functions on single strings (spec bake-language, section 10, "Strings"). */
import { cleanPath } from "../../../base/path.ts";
import { FunctionFailure } from "../../hcl/function.ts";
import { fromInteger } from "../../hcl/number.ts";
import { numberType, numberValue, stringType, stringValue } from "../../hcl/value.ts";
import { define, type FunctionTable } from "../define.ts";
import { countClusters, reverseClusters, sliceClusters } from "./clusters.ts";
import { toLower, toTitle, toUpper } from "./letter-case.ts";
import { indentLines, replaceText } from "./replace.ts";
import { chomp, trimSet, trimSpace } from "./trim.ts";

const str = stringType;

export const stringFunctions: FunctionTable = {
  upper: define("Converts all letters to upper case.", { str }, (args) => stringValue(toUpper(args.text(0)))),
  lower: define("Converts all letters to lower case.", { str }, (args) => stringValue(toLower(args.text(0)))),
  title: define("Converts the first letter of each word to upper case.", { str }, (args) =>
    stringValue(toTitle(args.text(0))),
  ),
  reverse: define("Reverses the characters of a string.", { str }, (args) =>
    stringValue(reverseClusters(args.text(0))),
  ),
  strlen: define("The number of characters, as a reader counts them, of a string.", { str }, (args) =>
    numberValue(fromInteger(countClusters(args.text(0)))),
  ),
  substr: define(
    "The part of a string from an offset on; a negative offset counts from the end, a negative length reaches to the end.",
    { str, offset: numberType, length: numberType },
    (args) => stringValue(sliceClusters(args.text(0), args.integer(1), args.integer(2))),
  ),
  replace: define(
    "Replaces every occurrence of a text in a string by another one.",
    { str, substr: stringType, replace: stringType },
    (args) => stringValue(replaceText(args.text(0), args.text(1), args.text(2))),
  ),
  trim: define("Removes the characters of a set from both ends of a string.", { str, cutset: stringType }, (args) =>
    stringValue(trimSet(args.text(0), args.text(1))),
  ),
  trimspace: define("Removes white space from both ends of a string.", { str }, (args) =>
    stringValue(trimSpace(args.text(0))),
  ),
  trimprefix: define("Removes a prefix from a string, if it is there.", { str, prefix: stringType }, (args) => {
    const [text, prefix] = [args.text(0), args.text(1)];
    return stringValue(text.startsWith(prefix) ? text.slice(prefix.length) : text);
  }),
  trimsuffix: define("Removes a suffix from a string, if it is there.", { str, suffix: stringType }, (args) => {
    const [text, suffix] = [args.text(0), args.text(1)];
    return stringValue(text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text);
  }),
  chomp: define("Removes all newlines from the end of a string.", { str }, (args) => stringValue(chomp(args.text(0)))),
  indent: define("Puts a number of spaces before every line but the first.", { spaces: numberType, str }, (args) => {
    const spaces = args.integer(0);
    if (spaces < 0) throw new FunctionFailure(`must not be negative, but is ${spaces}`, 0);
    return stringValue(indentLines(args.text(1), spaces));
  }),
  basename: define("The last part of a slash-separated path.", { path: stringType }, (args) =>
    stringValue(basename(args.text(0))),
  ),
  dirname: define("A slash-separated path without its last part, cleaned.", { path: stringType }, (args) => {
    const path = args.text(0);
    return stringValue(cleanPath(path.slice(0, path.lastIndexOf("/") + 1)));
  }),
  sanitize: define(
    "Replaces every character that a target name may not have by an underscore.",
    { name: stringType },
    (args) => stringValue(args.text(0).replace(/[^a-zA-Z0-9_-]/gu, "_")),
  ),
};

/** `.` for the empty path, `/` for one of slashes only. */
function basename(path: string): string {
  let end = path.length;
  while (end > 0 && path[end - 1] === "/") end--;
  if (end === 0) return path === "" ? "." : "/";
  return path.slice(path.lastIndexOf("/", end - 1) + 1, end);
}
