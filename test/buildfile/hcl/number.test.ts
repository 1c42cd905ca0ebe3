import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  absoluteNumber,
  addNumbers,
  ceilNumber,
  compareNumbers,
  type DecimalNumber,
  divideNumbers,
  floorNumber,
  fromBigInteger,
  fromDouble,
  fromInteger,
  multiplyNumbers,
  negateNumber,
  negativeInfinity,
  positiveInfinity,
  remainderOf,
  subtractNumbers,
  toBigInteger,
  toDouble,
  toInteger,
  truncateNumber,
} from "../../../src/buildfile/hcl/number.ts";
import { formatNumber, parseNumber } from "../../../src/buildfile/hcl/number-text.ts";

function parsed(text: string): DecimalNumber {
  const number = parseNumber(text);
  if (number === undefined) throw new Error(`${text} is not a number`);
  return number;
}

function shown(number: DecimalNumber | undefined): string | undefined {
  return number === undefined ? undefined : formatNumber(number);
}

const operations = {
  "+": addNumbers,
  "-": subtractNumbers,
  "*": multiplyNumbers,
  "/": divideNumbers,
  "%": remainderOf,
};

describe("numbers read from text", () => {
  it.each([
    ["0", "0"],
    ["-0", "0"],
    ["007", "7"],
    ["1.50", "1.5"],
    ["1e3", "1000"],
    ["1E+3", "1000"],
    ["1e-7", "0.0000001"],
    ["1.0", "1"],
    ["0.1", "0.1"],
    ["-2.5", "-2.5"],
    ["+4", "4"],
    ["123456789012345678901234567890", "123456789012345678901234567890"],
    ["12345678901234567890.5", "12345678901234567890.5"],
    ["9".repeat(154), "9".repeat(154)],
    [`0.${"1".repeat(150)}`, `0.${"1".repeat(150)}`],
    ["1e300", `1${"0".repeat(300)}`],
    ["1e-300", `0.${"0".repeat(299)}1`],
    ["1e5000", `1${"0".repeat(5000)}`],
    ["1e-5000", `0.${"0".repeat(4999)}1`],
    ["0e999999999999", "0"],
    ["1e999999999999", "+Inf"],
    ["-1e999999999999", "-Inf"],
    ["1e-999999999999", "0"],
  ])("%s prints as %s", (text, printed) => {
    expect(formatNumber(parsed(text))).toBe(printed);
  });

  it.each(["", " 1", "1 ", "abc", "0x1F", "1_000", ".", "-", "1e", "e5", "1.2.3", "Inf", "NaN", "--1", "١"])(
    "%j is no number",
    (text) => {
      expect(parseNumber(text)).toBeUndefined();
    },
  );

  it("keeps a million digits to the precision it has, quickly", () => {
    expect(formatNumber(parsed("9".repeat(999_999)))).toBe("+Inf");
    expect(formatNumber(parsed(`0.${"3".repeat(999_000)}`))).toMatch(/^0\.3{154,156}/);
  });
});

describe("arithmetic", () => {
  it.each([
    ["0.1", "+", "0.2", "0.3"],
    ["9007199254740991", "+", "2", "9007199254740993"],
    ["1", "-", "3", "-2"],
    ["1e40", "-", "1", "9999999999999999999999999999999999999999"],
    ["6", "*", "7", "42"],
    ["12345678901234567890", "*", "10000000000", "123456789012345678900000000000"],
    ["-5", "*", "0", "0"],
    ["9", "/", "2", "4.5"],
    ["1", "/", "4", "0.25"],
    ["1", "/", "0", "+Inf"],
    ["-1", "/", "0", "-Inf"],
    ["0", "/", "0", undefined],
    ["10", "%", "3", "1"],
    ["-10", "%", "3", "-1"],
    ["10", "%", "-3", "1"],
    ["5.5", "%", "2", "1.5"],
    ["3", "%", "5", "3"],
    ["-6", "%", "3", "0"],
    ["7.5", "%", "0", "7.5"],
    ["1e30", "%", "7", "1"],
    ["0.3", "%", "0.1", "0"],
    ["-0.75", "%", "0.5", "-0.25"],
    ["2", "%", "0.5", "0"],
    ["1e5000", "%", "7", "0"],
    ["1e-400", "%", "3", `0.${"0".repeat(399)}1`],
  ] as const)("%s %s %s is %s", (left, operator, right, result) => {
    expect(shown(operations[operator](parsed(left), parsed(right)))).toBe(result);
  });

  it("knows what to do with infinities", () => {
    expect(addNumbers(positiveInfinity, negativeInfinity)).toBeUndefined();
    expect(subtractNumbers(positiveInfinity, positiveInfinity)).toBeUndefined();
    expect(multiplyNumbers(positiveInfinity, fromInteger(0))).toBeUndefined();
    expect(divideNumbers(positiveInfinity, negativeInfinity)).toBeUndefined();
    expect(addNumbers(positiveInfinity, fromInteger(1))).toBe(positiveInfinity);
    expect(multiplyNumbers(fromInteger(-1), positiveInfinity)).toBe(negativeInfinity);
    expect(shown(divideNumbers(fromInteger(5), positiveInfinity))).toBe("0");
    expect(compareNumbers(positiveInfinity, parsed("1e30000"))).toBe(1);
    expect(compareNumbers(negativeInfinity, parsed("-1e30000"))).toBe(-1);
    expect(compareNumbers(positiveInfinity, negativeInfinity)).toBe(1);
    expect(toDouble(negativeInfinity)).toBe(Number.NEGATIVE_INFINITY);
  });

  it("rounds results to the larger precision of the operands", () => {
    expect(shown(divideNumbers(fromInteger(1), fromInteger(3)))).toBe("0.33333333333333333334");
    const double = fromDouble(0.1);
    if (double === undefined) throw new Error("0.1 is a number");
    expect(shown(double)).toBe("0.1");
    expect(shown(addNumbers(double, parsed("0.2")))).toHaveLength(57);
  });

  it("stays finite in cost: what grows beyond the range becomes infinite", () => {
    let number = parsed("1.5");
    for (let i = 0; i < 40; i++) number = multiplyNumbers(number, number) ?? number;
    expect(number).toBe(positiveInfinity);
    expect(shown(addNumbers(parsed("1e39000"), parsed("1e-39000")))).toBe(formatNumber(parsed("1e39000")));
  });

  it.each([
    ["1.2", "2", "1", "1"],
    ["-1.2", "-1", "-2", "-1"],
    ["3", "3", "3", "3"],
    ["0.5", "1", "0", "0"],
    ["-0.5", "0", "-1", "0"],
    ["12345678901234567890.5", "12345678901234567891", "12345678901234567890", "12345678901234567890"],
  ])("%s rounds up to %s, down to %s and towards zero to %s", (text, up, down, whole) => {
    const number = parsed(text);
    expect([ceilNumber, floorNumber, truncateNumber].map((round) => formatNumber(round(number)))).toEqual([
      up,
      down,
      whole,
    ]);
  });
});

const whole = fc.oneof(
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  fc.bigInt({ min: -(2n ** 255n), max: 2n ** 255n }),
);
const any = fc
  .tuple(fc.bigInt({ min: -(2n ** 500n), max: 2n ** 500n }), fc.integer({ min: -600, max: 600 }))
  .map(([digits, exponent]) => parsed(`${digits}e${exponent}`));

describe("laws of numbers", () => {
  it("whole numbers calculate like big integers", () => {
    fc.assert(
      fc.property(whole, whole, (a, b) => {
        const x = parsed(String(a));
        const y = parsed(String(b));
        expect(shown(addNumbers(x, y))).toBe(String(a + b));
        expect(shown(subtractNumbers(x, y))).toBe(String(a - b));
        expect(shown(multiplyNumbers(x, y))).toBe(String(a * b));
        expect(shown(remainderOf(x, y))).toBe(String(b === 0n ? a : a % b));
        expect(compareNumbers(x, y)).toBe(a < b ? -1 : a > b ? 1 : 0);
        expect(toBigInteger(x)).toBe(a);
        expect(shown(fromBigInteger(a))).toBe(String(a));
      }),
    );
  });
});

describe("laws of printing", () => {
  it("what is printed reads back as the same number", () => {
    fc.assert(
      fc.property(any, (number) => {
        expect(parseNumber(formatNumber(number))).toEqual(number);
      }),
    );
  });

  it("what is printed reads back as the same number, however large or small", () => {
    const digits = fc.bigInt({ min: 1n, max: 2n ** 512n });
    fc.assert(
      fc.property(digits, fc.integer({ min: -39_000, max: 38_000 }), (mantissa, exponent) => {
        const number = parsed(`${mantissa}e${exponent}`);
        expect(parseNumber(formatNumber(number))).toEqual(number);
      }),
    );
  });

  it("a short decimal prints as it was written, however large or small", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99_999 }), fc.integer({ min: 0, max: 38_000 }), (digits, exponent) => {
        const zeros = "0".repeat(exponent);
        expect(formatNumber(parsed(`${digits}e${exponent}`))).toBe(`${digits}${zeros}`);
        const small = formatNumber(parsed(`0.${digits}e-${exponent}`));
        expect(small).toBe(`0.${zeros}${String(digits).replace(/0+$/, "")}`);
      }),
    );
  });

  it("decimals of up to 150 digits print as they were written", () => {
    const digits = fc.stringMatching(/^[1-9][0-9]{0,74}$/);
    const fraction = fc.stringMatching(/^[0-9]{0,73}[1-9]$/);
    fc.assert(
      fc.property(digits, fraction, (before, after) => {
        expect(formatNumber(parsed(`${before}.${after}`))).toBe(`${before}.${after}`);
      }),
    );
  });

  it("doubles survive the way there and back, and print as JavaScript reads them", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (double) => {
        const number = fromDouble(double);
        if (number === undefined) throw new Error("not a number");
        expect(toDouble(number)).toBe(double + 0);
        expect(Number(formatNumber(number))).toBe(double + 0);
      }),
    );
  });

  it("equal numbers have equal fields whatever made them, and order is total", () => {
    fc.assert(
      fc.property(any, any, (a, b) => {
        expect(compareNumbers(a, b)).toBe(-compareNumbers(b, a) + 0);
        expect(compareNumbers(a, b) === 0).toBe(formatNumber(a) === formatNumber(b));
        expect(negateNumber(negateNumber(a))).toEqual(a);
        expect(compareNumbers(absoluteNumber(a), fromInteger(0))).not.toBe(-1);
      }),
    );
  });

  it("a quotient times its divisor is the dividend, where the division comes out even", () => {
    fc.assert(
      fc.property(whole, whole, (a, b) => {
        fc.pre(b !== 0n);
        expect(shown(divideNumbers(parsed(String(a * b)), parsed(String(b))))).toBe(String(a));
      }),
    );
  });

  it("safe integers are the same thing as JavaScript's", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(toInteger(fromInteger(value))).toBe(value + 0);
        expect(toInteger(parsed(String(value)))).toBe(value + 0);
        expect(toDouble(parsed(String(value)))).toBe(value + 0);
      }),
    );
  });
});
