/** Functions between strings and lists of them. */
import { compareBytes } from "../../../base/text.ts";
import { FunctionFailure } from "../../hcl/function.ts";
import { listValue, stringType, stringValue } from "../../hcl/value.ts";
import { define, type FunctionTable, listOfStrings, variadic } from "../define.ts";
import { allowElements, allowText, mostElements } from "../limits.ts";

export const stringListFunctions: FunctionTable = {
  join: define(
    "Joins the elements of one or more lists, with a separator between each two.",
    { separator: stringType, lists: variadic(listOfStrings) },
    (args) => {
      if (args.length < 2) throw new FunctionFailure("at least one list to join is needed");
      const separator = args.text(0);
      const elements = args.from(1).flatMap((_, at) => args.texts(at + 1));
      allowText(elements.reduce((length, element) => length + element.length + separator.length, 0));
      return stringValue(elements.join(separator));
    },
  ),
  split: define(
    "Splits a string at every separator; an empty separator splits it into its characters.",
    { separator: stringType, str: stringType },
    (args) => {
      const [separator, text] = [args.text(0), args.text(1)];
      return listValue(stringType, splitText(text, separator).map(stringValue));
    },
  ),
  sort: define("Sorts strings by their bytes.", { list: listOfStrings }, (args) =>
    listValue(stringType, [...args.texts(0)].sort(compareBytes).map(stringValue)),
  ),
};

function splitText(text: string, separator: string): readonly string[] {
  if (separator !== "") {
    const parts = text.split(separator, mostElements + 1);
    allowElements(parts.length);
    return parts;
  }
  // Two code units make a code point at most.
  allowElements(text.length / 2);
  const characters = Array.from(text);
  allowElements(characters.length);
  return characters;
}
