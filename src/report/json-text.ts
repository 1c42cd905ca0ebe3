/** JSON texts laid out anew without reading them into values, which would lose long numbers and the order of some keys. */

const layout = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

/** Two spaces a level, every line but the first behind `indent`, empty lists and objects on one line. The text must be valid JSON. */
export function indentJson(text: string, indent = ""): string {
  const pieces: string[] = [];
  let line = `\n${indent}`;
  let last = "";
  for (const [token] of text.matchAll(layout)) {
    const opened = last === "{" || last === "[";
    if (token === "}" || token === "]") {
      if (!opened) {
        line = line.slice(0, -2);
        pieces.push(line);
      }
    } else if (opened) {
      line += "  ";
      pieces.push(line);
    } else if (last === ",") {
      pieces.push(line);
    }
    pieces.push(token === ":" ? ": " : token);
    last = token;
  }
  return pieces.join("");
}
