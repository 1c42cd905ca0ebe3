/** Variables inside of text (spec bake-language, section 23): `$NAME`, `${NAME}`, `${NAME:-default}` and their like, `$$`. */

export type TemplateProblem =
  | { readonly kind: "invalid"; readonly reference: string }
  | { readonly kind: "unset"; readonly reference: string; readonly name: string }
  | { readonly kind: "required"; readonly reference: string; readonly name: string; readonly message: string };

export interface Substitution {
  /** undefined: the variable is not set. */
  readonly lookUp: (name: string) => string | undefined;
  readonly report: (problem: TemplateProblem) => void;
}

const name = /[_a-z][_a-z0-9]*/iy;
const operator = /:?[-+?]/y;
const deepest = 50;

/** The text with its variables replaced. Where that is not possible nothing stands in the place, and it is reported. */
export function substitute(text: string, substitution: Substitution): string {
  return text.includes("$") ? replace(text, substitution, 0) : text;
}

function replace(text: string, substitution: Substitution, depth: number): string {
  let result = "";
  let at = 0;
  for (;;) {
    const dollar = text.indexOf("$", at);
    if (dollar === -1) return result + text.slice(at);
    result += text.slice(at, dollar);
    if (text[dollar + 1] === "$") {
      result += "$";
      at = dollar + 2;
    } else if (text[dollar + 1] === "{") {
      const end = closingBrace(text, dollar + 1);
      const reference = text.slice(dollar, end + 1);
      if (end === -1 || depth > deepest) {
        substitution.report({ kind: "invalid", reference: text.slice(dollar) });
        return result;
      }
      result += braced(reference, substitution, depth);
      at = end + 1;
    } else {
      const plain = match(name, text, dollar + 1);
      // A dollar that begins no name is a dollar.
      result += plain === "" ? "$" : textOf(plain, `$${plain}`, substitution);
      at = dollar + 1 + plain.length;
    }
  }
}

function braced(reference: string, substitution: Substitution, depth: number): string {
  const { lookUp, report } = substitution;
  const variable = match(name, reference, 2);
  const operation = match(operator, reference, 2 + variable.length);
  const rest = reference.slice(2 + variable.length + operation.length, -1);
  if (variable === "" || (operation === "" && rest !== "")) {
    report({ kind: "invalid", reference });
    return "";
  }
  if (operation === "") return textOf(variable, reference, substitution);
  const value = lookUp(variable);
  const isThere = value !== undefined && (operation[0] !== ":" || value !== "");
  const argument = () => replace(rest, substitution, depth + 1);
  switch (operation.at(-1)) {
    case "-":
      return isThere ? value : argument();
    case "+":
      return isThere ? argument() : (value ?? "");
    default:
      if (isThere) return value;
      report({ kind: "required", reference, name: variable, message: argument() });
      return "";
  }
}

function textOf(variable: string, reference: string, { lookUp, report }: Substitution): string {
  const value = lookUp(variable);
  if (value === undefined) report({ kind: "unset", reference, name: variable });
  return value ?? "";
}

/** The brace that closes the one at `open`; all braces in between count. When they do not match, the last one of the text. */
function closingBrace(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === "{") depth++;
    else if (text[at] === "}" && --depth === 0) return at;
  }
  const last = text.lastIndexOf("}");
  return last > open ? last : -1;
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}
