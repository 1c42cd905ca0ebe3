/** Keys and values of TOML. */
import type { DataValue } from "./data-value.ts";

export function tomlKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : quoted(key);
}

/** On one line. There is no null, and no integer beyond 64 bits: templates stand for them. */
export function tomlInline(value: DataValue): string {
  switch (value.kind) {
    case "null":
      return '"${null}"';
    case "boolean":
      return String(value.value);
    case "number":
      return isWritableNumber(value.text) ? value.text : quoted(`\${${value.text}}`);
    case "string":
      return tomlString(value.text);
    case "array":
      return `[${value.items.map(tomlInline).join(", ")}]`;
    case "object":
      if (value.entries.length === 0) return "{}";
      return `{ ${value.entries.map(({ key, value: entry }) => `${tomlKey(key)} = ${tomlInline(entry)}`).join(", ")} }`;
  }
}

/** Text of several lines as it is read; undefined for text of one line, and for what only escapes can write. */
export function tomlMultiline(text: string): string | undefined {
  if (!text.includes("\n") || /[\u0000-\u0008\u000b-\u001f\u007f]/.test(text)) return undefined;
  if (!text.includes("'''") && !text.endsWith("'")) return `'''\n${text}'''`;
  return `"""\n${text.replace(/["\\]/g, "\\$&")}"""`;
}

/** Literal where that saves escapes. */
function tomlString(text: string): string {
  return /["\\]/.test(text) && !/['\u0000-\u001f\u007f]/.test(text) ? `'${text}'` : quoted(text);
}

const named: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

function quoted(text: string): string {
  const escaped = text.replace(
    /["\\\u0000-\u001f\u007f]/g,
    (character) => named.get(character) ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `"${escaped}"`;
}

function isWritableNumber(text: string): boolean {
  return !/^-?[0-9]+$/.test(text) || BigInt.asIntN(64, BigInt(text)) === BigInt(text);
}
