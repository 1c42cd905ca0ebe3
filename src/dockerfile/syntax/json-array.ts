/** The JSON form of arguments: `["a", "b"]`. */
import { leadingSpace } from "./characters.ts";
import { cut, type Text } from "./text.ts";

export interface JsonItem {
  readonly value: string;
  /** With its quotes. */
  readonly text: Text;
}

/** `no`: it is not JSON, and so it is text. `mixed`: an array, with something in it that is no string. */
export type JsonArray =
  | { readonly kind: "array"; readonly items: readonly JsonItem[] }
  | { readonly kind: "no" | "mixed" };

export function readJsonArray(text: Text): JsonArray {
  if (text.text[leadingSpace(text.text)] !== "[") return { kind: "no" };
  const values = parse(text.text);
  if (values === undefined) return { kind: "no" };
  const strings = values.filter((value) => typeof value === "string");
  if (strings.length < values.length) return { kind: "mixed" };
  const places = stringPlaces(text.text);
  const items = strings.map((value, i) => ({
    value: value.replace(/\p{Cs}/gu, "\ufffd"),
    text: placeOf(text, places[i]),
  }));
  return { kind: "array", items };
}

function parse(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text.slice(leadingSpace(text)));
    // A number that no double holds is not JSON to Go.
    return Array.isArray(value) && !value.includes(Infinity) && !value.includes(-Infinity) ? value : undefined;
  } catch {
    return undefined;
  }
}

function placeOf(text: Text, place: readonly [start: number, end: number] | undefined): Text {
  return place === undefined ? text : cut(text, ...place);
}

/** Where the strings of a well-formed array of strings are. */
function stringPlaces(text: string): readonly (readonly [start: number, end: number])[] {
  return [...text.matchAll(/"(?:[^"\\]|\\.)*"/gs)].map(
    (match) => [match.index, match.index + match[0].length] as const,
  );
}
