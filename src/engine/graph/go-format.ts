/** Texts as Go's `fmt` prints them: histories of images hold them. */

const short: ReadonlyMap<string, string> = new Map([
  ["\u0007", "\\a"],
  ["\b", "\\b"],
  ["\f", "\\f"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\v", "\\v"],
  ["\\", "\\\\"],
  ['"', '\\"'],
]);

/** `%q` of a string. */
export function goQuote(text: string): string {
  const inner = text.replace(/[\u0000-\u001f"\\\u007f-\u009f\u00ad\u2028\u2029\ufeff]/g, escaped);
  return `"${inner}"`;
}

/** `%q` of a list of strings. */
export function goQuoteList(texts: readonly string[]): string {
  return `[${texts.map(goQuote).join(" ")}]`;
}

/** `%v` of a list of strings. */
export function goList(texts: readonly string[]): string {
  return `[${texts.join(" ")}]`;
}

/** A duration as Go prints it: `5m0s`, `1h0m0s`, `1.5s`, `100ms`. */
export function goDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return "0s";
  if (nanoseconds < 1e3) return `${nanoseconds}ns`;
  if (nanoseconds < 1e6) return `${nanoseconds / 1e3}µs`;
  if (nanoseconds < 1e9) return `${nanoseconds / 1e6}ms`;
  const seconds = nanoseconds / 1e9;
  const minutes = Math.floor(seconds / 60);
  const rest = `${Number((seconds - minutes * 60).toFixed(9))}s`;
  if (minutes === 0) return rest;
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes}m${rest}` : `${hours}h${minutes % 60}m${rest}`;
}

function escaped(character: string): string {
  const known = short.get(character);
  if (known !== undefined) return known;
  const code = character.charCodeAt(0);
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, "0")}`;
  return `\\u${code.toString(16).padStart(4, "0")}`;
}
