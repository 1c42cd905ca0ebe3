/** JSON as Go's `encoding/json` writes it, which is how image documents are written everywhere: their digests depend on every byte. */
import { compareBytes } from "../base/text.ts";

/** A `Map` is one of Go's maps: written sorted by key. An object is one of its structs: in the order given, absent fields left out. */
export type JsonTree =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly JsonTree[]
  | ReadonlyMap<string, JsonTree>
  | { readonly [field: string]: JsonTree };

/** `indent` spaces a level; without, on one line. */
export function renderJson(tree: JsonTree, indent = 0): string {
  return render(tree, indent === 0 ? undefined : { unit: " ".repeat(indent), margin: "\n" });
}

/** A record whose keys are data, as a map. Undefined for none and for an empty one, which Go's `omitempty` leaves out. */
export function sortedMap<T extends JsonTree>(
  record: Readonly<Record<string, T>> | undefined,
): ReadonlyMap<string, T> | undefined {
  const entries = Object.entries(record ?? {});
  return entries.length === 0 ? undefined : new Map(entries);
}

interface Layout {
  readonly unit: string;
  /** A line break and what stands before each line. */
  readonly margin: string;
}

function render(tree: JsonTree, layout: Layout | undefined): string {
  if (tree === null || tree === undefined) return "null";
  if (typeof tree === "string") return renderString(tree);
  if (typeof tree !== "object") return String(tree);
  if (isList(tree)) return wrapped("[", "]", layout, (inner) => tree.map((each) => render(each, inner)));
  const fields = fieldsOf(tree);
  const colon = layout === undefined ? ":" : ": ";
  return wrapped("{", "}", layout, (inner) =>
    fields.map(([key, value]) => `${renderString(key)}${colon}${render(value, inner)}`),
  );
}

function isList(tree: object): tree is readonly JsonTree[] {
  return Array.isArray(tree);
}

function fieldsOf(
  tree: ReadonlyMap<string, JsonTree> | { readonly [field: string]: JsonTree },
): readonly (readonly [string, JsonTree])[] {
  if (tree instanceof Map) return [...tree].sort(([a], [b]) => compareBytes(a, b));
  return Object.entries(tree).filter(([, value]) => value !== undefined);
}

function wrapped(
  open: string,
  close: string,
  layout: Layout | undefined,
  parts: (inner: Layout | undefined) => readonly string[],
): string {
  const inner = layout && { unit: layout.unit, margin: layout.margin + layout.unit };
  const rendered = parts(inner);
  if (rendered.length === 0) return open + close;
  return `${open}${inner?.margin ?? ""}${rendered.join(`,${inner?.margin ?? ""}`)}${layout?.margin ?? ""}${close}`;
}

/** What Go escapes and JavaScript does not; halves of a surrogate pair are not text, Go has U+FFFD for them. */
const escapes = /[<>&\u2028\u2029]/g;
const halves = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function renderString(text: string): string {
  return JSON.stringify(text.replace(halves, "\ufffd")).replace(
    escapes,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
