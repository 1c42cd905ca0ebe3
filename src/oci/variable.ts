/** A variable of an image's environment, as its configuration writes it: `NAME=value`. */

/** Without an equals sign it is a name, whose value is empty. */
export function splitVariable(entry: string): readonly [name: string, value: string] {
  const equals = entry.indexOf("=");
  return equals === -1 ? [entry, ""] : [entry.slice(0, equals), entry.slice(equals + 1)];
}
