/** Patterns over names, as Go's `path.Match` has them: `*` and `?` do not match a slash, `[a-z]`, `[^a]`, `\x`. */

type Token =
  | { readonly kind: "any-run" }
  | { readonly kind: "any" }
  | { readonly kind: "literal"; readonly character: string }
  | { readonly kind: "class"; readonly negated: boolean; readonly ranges: readonly (readonly [string, string])[] };

/** True when a name on the command line is a pattern rather than a name. */
export function isPattern(text: string): boolean {
  return /[*?[\]]/.test(text);
}

/** A test of whole names, or undefined for a broken pattern. The test takes at most pattern times name steps. */
export function compilePattern(pattern: string): ((name: string) => boolean) | undefined {
  const tokens = tokenize([...pattern]);
  return tokens === undefined ? undefined : (name) => matches(tokens, [...name]);
}

function tokenize(characters: readonly string[]): readonly Token[] | undefined {
  const tokens: Token[] = [];
  let at = 0;
  while (at < characters.length) {
    const character = characters[at] ?? "";
    if (character === "[") {
      const read = readClass(characters, at + 1);
      if (read === undefined) return undefined;
      tokens.push(read.token);
      at = read.next;
      continue;
    }
    if (character === "\\") {
      const escaped = characters[at + 1];
      if (escaped === undefined) return undefined;
      tokens.push({ kind: "literal", character: escaped });
      at += 2;
      continue;
    }
    tokens.push(
      character === "*" ? { kind: "any-run" } : character === "?" ? { kind: "any" } : { kind: "literal", character },
    );
    at++;
  }
  return tokens;
}

function readClass(
  characters: readonly string[],
  start: number,
): { readonly token: Token; readonly next: number } | undefined {
  const negated = characters[start] === "^";
  const ranges: [string, string][] = [];
  let at = negated ? start + 1 : start;
  while (ranges.length === 0 || characters[at] !== "]") {
    const low = readEnd(characters, at);
    if (low === undefined) return undefined;
    at = low.next;
    let high = low;
    if (characters[at] === "-") {
      const end = readEnd(characters, at + 1);
      if (end === undefined) return undefined;
      high = end;
      at = high.next;
    }
    ranges.push([low.character, high.character]);
  }
  return { token: { kind: "class", negated, ranges }, next: at + 1 };
}

/** One end of a range. A class cannot end the pattern without its bracket. */
function readEnd(
  characters: readonly string[],
  at: number,
): { readonly character: string; readonly next: number } | undefined {
  const character = characters[at];
  if (character === undefined || character === "-" || character === "]") return undefined;
  const escaped = character === "\\";
  const read = escaped ? characters[at + 1] : character;
  const next = escaped ? at + 2 : at + 1;
  return read === undefined || next >= characters.length ? undefined : { character: read, next };
}

/** Where a star matched too little, only the last one has to grow: it can take over from all stars before it. */
function matches(tokens: readonly Token[], name: readonly string[]): boolean {
  let token = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < name.length) {
    const wanted = tokens[token];
    const character = name[at] ?? "";
    if (wanted?.kind === "any-run") {
      star = token++;
      starAt = at;
    } else if (wanted !== undefined && matchesOne(wanted, character)) {
      token++;
      at++;
    } else if (star !== -1 && name[starAt] !== "/") {
      token = star + 1;
      at = ++starAt;
    } else {
      return false;
    }
  }
  return tokens.slice(token).every((rest) => rest.kind === "any-run");
}

function matchesOne(token: Token, character: string): boolean {
  switch (token.kind) {
    case "literal":
      return token.character === character;
    case "any":
      return character !== "/";
    case "class": {
      const code = character.codePointAt(0) ?? 0;
      const within = token.ranges.some(
        ([low, high]) => (low.codePointAt(0) ?? 0) <= code && code <= (high.codePointAt(0) ?? 0),
      );
      return within !== token.negated;
    }
    case "any-run":
      return false;
  }
}
