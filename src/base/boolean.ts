/** The spellings that flags, exporter parameters and the environment accept for a boolean (Go's `strconv.ParseBool`). */
const spellings: ReadonlyMap<string, boolean> = new Map([
  ...["1", "t", "T", "true", "TRUE", "True"].map((text): [string, boolean] => [text, true]),
  ...["0", "f", "F", "false", "FALSE", "False"].map((text): [string, boolean] => [text, false]),
]);

/** undefined when the text is none of the twelve spellings. */
export function parseBoolean(text: string): boolean | undefined {
  return spellings.get(text);
}
