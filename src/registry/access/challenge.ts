/** `WWW-Authenticate`: how a registry wants to be asked (RFC 9110, 11.3; the distribution project's token specification). */

export type Challenge =
  | { readonly scheme: "basic" }
  | {
      readonly scheme: "bearer";
      readonly realm: string;
      readonly service: string;
      readonly scopes: readonly string[];
      /** `insufficient_scope`, `invalid_token`; empty when it says nothing. */
      readonly error: string;
    };

/** Those that are known, in the order of the header. */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: Challenge[] = [];
  const start = /(?:^|[\s,])(basic|bearer|negotiate|digest|ntlm)(?=\s|,|$)/gi;
  const starts = [...header.matchAll(start)].filter(({ index }) => !isQuoted(header, index));
  for (const [i, { 0: found, 1: scheme = "", index }] of starts.entries()) {
    const text = header.slice(index + found.length, starts[i + 1]?.index);
    if (scheme.toLowerCase() === "basic") challenges.push({ scheme: "basic" });
    if (scheme.toLowerCase() !== "bearer") continue;
    const parameters = parseParameters(text);
    const scope = parameters.get("scope") ?? "";
    challenges.push({
      scheme: "bearer",
      realm: parameters.get("realm") ?? "",
      service: parameters.get("service") ?? "",
      scopes: scope.split(" ").filter((each) => each !== ""),
      error: parameters.get("error") ?? "",
    });
  }
  return challenges;
}

/** Whether a place of a header lies between quotes. */
function isQuoted(header: string, index: number): boolean {
  let quoted = false;
  for (let i = 0; i < index; i++) {
    if (header[i] === "\\" && quoted) i++;
    else if (header[i] === '"') quoted = !quoted;
  }
  return quoted;
}

/** `name=value, name="quoted \" value"`. */
function parseParameters(text: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [, name = "", quoted, bare] of text.matchAll(/([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g)) {
    parameters.set(name.toLowerCase(), quoted === undefined ? (bare ?? "") : quoted.replace(/\\(.)/g, "$1"));
  }
  return parameters;
}
