import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareBytes } from "../../../src/base/text.ts";
import { standardFunctions } from "../../../src/buildfile/functions/standard-functions.ts";
import type { Value } from "../../../src/buildfile/hcl/value.ts";
import { stringValue } from "../../../src/buildfile/hcl/value.ts";
import { valueFromJson } from "../../../src/buildfile/hcl/value-from-json.ts";
import { jsonOf } from "../hcl/expressions.ts";

/** Evaluates an expression over `x`, `y` and `z`, given as plain data. */
function evaluated(expression: string, data: Readonly<Record<string, unknown>>): unknown {
  const values = Object.fromEntries(Object.entries(data).map(([name, item]) => [name, valueFor(item)]));
  return JSON.parse(jsonOf(expression, { functions: standardFunctions, values }));
}

function valueFor(data: unknown): Value {
  if (typeof data === "string") return stringValue(data);
  const read = valueFromJson(JSON.stringify(data));
  if (!read.ok) throw new Error(read.message);
  return read.value;
}

/** Text as values hold it. */
const text = fc.string({ unit: "grapheme" }).map((generated) => generated.normalize("NFC"));
const letters = fc.string({ unit: fc.constantFrom("a", "b", "c", ",", '"', "\n", " ", "é", "😀"), maxLength: 8 });
const texts = fc.array(letters, { maxLength: 8 });

function law<T>(name: string, data: fc.Arbitrary<T>, holds: (data: T) => void): void {
  test(name, () => fc.assert(fc.property(data, holds), { numRuns: 100 }));
}

describe("strings", () => {
  law("reversing twice changes nothing but where clusters join", fc.string({ unit: "grapheme-ascii" }), (x) => {
    expect(evaluated("reverse(reverse(x))", { x })).toBe(x);
  });
  law("splitting and joining with the same separator changes nothing", fc.tuple(text, letters), ([x, y]) => {
    expect(evaluated("join(y, split(y, x))", { x, y })).toBe(x);
  });
  law("a prefix is taken off", fc.tuple(text, text), ([x, y]) => {
    expect(evaluated('trimprefix("${x}${y}", x)', { x, y })).toBe((x + y).normalize("NFC").slice(x.length));
  });
  law("substr cuts where strlen counts", fc.tuple(fc.string({ unit: "grapheme-ascii" }), fc.nat(20)), ([x, y]) => {
    expect(evaluated('"${substr(x, 0, y)}${substr(x, y, -1)}"', { x, y })).toBe(x);
  });
  law("sort puts in byte order what was there", texts, (x) => {
    expect(evaluated("sort(x)", { x })).toEqual(x.toSorted(compareBytes));
  });
  law("%s of %q is JSON of the string", text, (x) => {
    expect(JSON.parse(String(evaluated('format("%q", x)', { x })))).toBe(x);
  });
});

describe("numbers in formats", () => {
  /** `numerator / 2 ** power`, which few enough decimal digits write exactly. */
  const fraction = fc.tuple(fc.integer({ min: -(2 ** 20), max: 2 ** 20 }), fc.nat(8));
  law("%.nf rounds to the nearest, ties to even", fc.tuple(fraction, fc.nat(10)), ([[numerator, power], y]) => {
    const scaled = BigInt(Math.abs(numerator)) * 10n ** BigInt(y) * 2n;
    const unit = 2n ** BigInt(power);
    const [half, rest] = [scaled / unit, scaled % unit];
    const up = half % 2n === 1n && (rest > 0n || (half / 2n) % 2n === 1n);
    const digits = (half / 2n + (up ? 1n : 0n)).toString().padStart(y + 1, "0");
    const point = digits.length - y;
    const rounded = `${numerator < 0 ? "-" : ""}${digits.slice(0, point)}${y > 0 ? "." : ""}${digits.slice(point)}`;
    expect(evaluated('format("%.${y}f", x)', { x: numerator / 2 ** power, y })).toBe(rounded);
  });
  law(
    "%.ne is toExponential where it need not round",
    fc.tuple(fraction, fc.integer({ min: 16, max: 25 })),
    ([[numerator, power], y]) => {
      const x = numerator / 2 ** power + 0;
      const [mantissa = "", exponent = ""] = x.toExponential(y).split("e");
      expect(evaluated('format("%.${y}e", x)', { x, y })).toBe(
        `${mantissa}e${exponent.replace(/^([+-])(\d)$/, "$10$2")}`,
      );
    },
  );
  law("%d, %x, %o and %b are the digits of the number", fc.bigInt({ min: -(2n ** 100n), max: 2n ** 100n }), (x) => {
    const digits = [10, 16, 8, 2].map((base) => x.toString(base));
    expect(evaluated('[for f in ["%d", "%x", "%o", "%b"] : format(f, x)]', { x: String(x) })).toEqual(digits);
  });
  law("parseint reads what toString writes", fc.tuple(fc.bigInt(), fc.integer({ min: 2, max: 36 })), ([x, y]) => {
    expect(evaluated('format("%d", parseint(x, y))', { x: x.toString(y), y })).toBe(x.toString());
  });
});

describe("lists and sets", () => {
  law("distinct keeps first occurrences", texts, (x) => {
    expect(evaluated("distinct(x)", { x })).toEqual([...new Set(x)]);
  });
  law("chunks joined are the list", fc.tuple(texts, fc.nat(4)), ([x, y]) => {
    expect(evaluated("flatten(chunklist(x, y))", { x, y })).toEqual(x);
  });
  law("reversing twice changes nothing", texts, (x) => {
    expect(evaluated("reverselist(reverselist(x))", { x })).toEqual(x);
  });
  law("set functions do what sets of JavaScript do", fc.tuple(texts, texts), ([x, y]) => {
    const [a, b] = [new Set(x), new Set(y)];
    const inOrder = (items: Iterable<string>): string[] => [...new Set(items)].sort(compareBytes);
    expect(evaluated("setunion(x, y)", { x, y })).toEqual(inOrder([...x, ...y]));
    expect(evaluated("setintersection(x, y)", { x, y })).toEqual(inOrder(x.filter((item) => b.has(item))));
    expect(evaluated("setsubtract(x, y)", { x, y })).toEqual(inOrder(x.filter((item) => !b.has(item))));
    const either = [...x.filter((item) => !b.has(item)), ...y.filter((item) => !a.has(item))];
    expect(evaluated("setsymmetricdifference(x, y)", { x, y })).toEqual(inOrder(either));
  });
  law("the product has every pair once", fc.tuple(texts, texts), ([x, y]) => {
    expect(evaluated("setproduct(x, y)", { x, y })).toEqual(x.flatMap((a) => y.map((b) => [a, b])));
  });
  law("keys and values zipped are the map", fc.dictionary(letters, fc.integer()), (x) => {
    expect(evaluated("zipmap(keys(x), values(x))", { x })).toEqual(evaluated("x", { x }));
  });
});

describe("encodings", () => {
  law("base64 decodes to what was encoded", text, (x) => {
    expect(evaluated("base64decode(base64encode(x))", { x })).toBe(x);
    expect(evaluated("base64encode(x)", { x })).toBe(Buffer.from(x).toString("base64"));
  });
  law("JSON decodes to what was encoded", fc.jsonValue({ noUnicodeString: false }).filter(isNormal), (x) => {
    expect(evaluated("jsondecode(jsonencode(x))", { x })).toEqual(evaluated("x", { x }));
  });
  law("urlencode is what URLSearchParams writes, but for the tilde and the star", text, (x) => {
    const written = new URLSearchParams([["", x]]).toString().slice(1);
    expect(evaluated("urlencode(x)", { x })).toBe(written.replaceAll("%7E", "~").replaceAll("*", "%2A"));
  });
  law("CSV is read as it was written", fc.array(fc.tuple(letters, letters), { minLength: 1, maxLength: 5 }), (rows) => {
    const quoted = (field: string): string => `"${field.replaceAll('"', '""')}"`;
    const csv = ["a,b", ...rows.map((row) => row.map(quoted).join(","))].join("\n");
    expect(evaluated("csvdecode(x)", { x: csv })).toEqual(rows.map(([a, b]) => ({ a, b })));
  });

  function isNormal(data: unknown): boolean {
    const json = JSON.stringify(data);
    return json === json.normalize("NFC") && !json.includes("__proto__") && !/\\ud/.test(json) && !json.includes("-0");
  }
});

describe("networks", () => {
  const octets = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
  law(
    "a host is as many addresses from the first as its number",
    fc.tuple(octets, fc.integer({ min: 8, max: 30 }), fc.nat(3)),
    ([address, length, host]) => {
      const shown = String(evaluated("cidrhost(x, y)", { x: `${address.join(".")}/${length}`, y: host }));
      const number = (parts: readonly number[]): number => parts.reduce((sum, part) => sum * 256 + part, 0);
      const size = 2 ** (32 - length);
      expect(number(shown.split(".").map(Number))).toBe(Math.floor(number(address) / size) * size + host);
    },
  );
  law(
    "IPv6 addresses read back as they were written",
    fc.array(
      fc.nat(3).map((n) => n * 0x5555),
      { minLength: 8, maxLength: 8 },
    ),
    (groups) => {
      const long = groups.map((group) => group.toString(16)).join(":");
      const short = String(evaluated("cidrhost(x, 0)", { x: `${long}/128` }));
      expect(short).toBe(new URL(`http://[${long}]`).hostname.slice(1, -1));
      expect(evaluated("cidrhost(x, 0)", { x: `${short}/128` })).toBe(short);
    },
  );
  law("subnets by number are subnets in a row", fc.integer({ min: 1, max: 6 }), (bits) => {
    const row = 'cidrsubnets("10.0.0.0/8", [for i in range(pow(2, y)) : y]...)';
    expect(evaluated(row, { y: bits })).toEqual(
      evaluated('[for i in range(pow(2, y)) : cidrsubnet("10.0.0.0/8", y, i)]', { y: bits }),
    );
  });
});

describe("times", () => {
  const moments = fc.date({
    noInvalidDate: true,
    min: new Date("0001-01-01T00:00:00Z"),
    max: new Date("9998-12-31T00:00:00Z"),
  });
  law("unix times are read as Date reads them", moments, (date) => {
    const seconds = Math.floor(date.getTime() / 1000);
    const whole = new Date(seconds * 1000);
    const rfc3339 = whole.toISOString().replace(".000", "");
    expect(evaluated("unixtimestampparse(x).rfc3339", { x: seconds })).toBe(rfc3339);
    expect(evaluated("unixtimestampparse(x).weekday", { x: seconds })).toBe(whole.getUTCDay());
    expect(evaluated('formattimestamp("X", x)', { x: rfc3339 })).toBe(String(seconds));
  });
  law(
    "adding a duration and taking it off again changes nothing",
    fc.tuple(moments, fc.integer({ min: -4000, max: 4000 })),
    ([date, hours]) => {
      const start = date.toISOString().replace(/\.\d+/, "");
      expect(evaluated("timeadd(timeadd(x, y), z)", { x: start, y: `${hours}h`, z: `${-hours}h` })).toBe(start);
    },
  );
});
