/** What a plain scalar means, by the rules of the YAML reader that compose uses: mostly YAML 1.2, with octal numbers such as 0777. */

export type PlainValue =
  | { readonly kind: "text" | "number"; readonly text: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "null" };

const words: ReadonlyMap<string, PlainValue> = new Map<string, PlainValue>([
  ...["", "~", "null", "Null", "NULL"].map((word): [string, PlainValue] => [word, { kind: "null" }]),
  ...["true", "True", "TRUE"].map((word): [string, PlainValue] => [word, { kind: "boolean", value: true }]),
  ...["false", "False", "FALSE"].map((word): [string, PlainValue] => [word, { kind: "boolean", value: false }]),
  ...[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"].map((word): [string, PlainValue] => [word, number("+Inf")]),
  ...["-.inf", "-.Inf", "-.INF"].map((word): [string, PlainValue] => [word, number("-Inf")]),
  ...[".nan", ".NaN", ".NAN"].map((word): [string, PlainValue] => [word, number("NaN")]),
]);

const wholeNumber = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|0|[1-9][0-9]*)$/;
const floatNumber = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
/** Digits beyond this are no number anybody means. */
const longestNumber = 400;
const smallest = -(2n ** 63n);
const largest = 2n ** 64n - 1n;

export function plainValue(written: string): PlainValue {
  const word = words.get(written);
  if (word) return word;
  if (!/^[-+.0-9]/.test(written) || written.length > longestNumber) return { kind: "text", text: written };
  const digits = written.replaceAll("_", "");
  if (wholeNumber.test(digits)) {
    const value = wholeValue(digits);
    return number(value >= smallest && value <= largest ? value.toString() : floatText(Number(value)));
  }
  return floatNumber.test(digits) ? number(floatText(Number(digits))) : { kind: "text", text: written };
}

function number(text: string): PlainValue {
  return { kind: "number", text };
}

function wholeValue(digits: string): bigint {
  const magnitude = digits.replace(/^[-+]/, "").replace(/^0(?=[0-7])/, "0o");
  const value = BigInt(magnitude);
  return digits.startsWith("-") ? -value : value;
}

/** The shortest digits that mean the number, as compose writes them: `1.5`, `1e+06`, `1.2e-05`. */
function floatText(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa = "", power = "0"] = value.toExponential().split("e");
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 6) return String(value);
  return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}
