/** The attributes of a group (spec section 16). */
import { listValue, nullOf, stringType, stringValue, type Value } from "../../hcl/value.ts";
import type { AttributeKind, AttributeReading } from "./attribute-kind.ts";
import { readText, readTextList } from "./attribute-reader.ts";

export const groupAttributes: ReadonlyMap<string, AttributeKind> = new Map<string, AttributeKind>([
  [
    "targets",
    {
      unset: nullOf({ kind: "list", element: stringType }),
      read: (subject) => {
        const names = readTextList(subject, stringValue);
        return names && reading(listValue(stringType, names));
      },
    },
  ],
  [
    "description",
    {
      unset: stringValue(""),
      read: (subject) => {
        const text = readText(subject);
        return text === undefined ? undefined : reading(stringValue(text));
      },
    },
  ],
]);

function reading(value: Value): AttributeReading {
  return { value: () => value, settings: {} };
}
