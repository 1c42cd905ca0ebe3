import { compareSync } from "bcryptjs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { standardFunctions } from "../../../src/buildfile/functions/standard-functions.ts";
import { evaluateText, jsonOf } from "../hcl/expressions.ts";

const surroundings = { functions: standardFunctions };

describe("a hostile file is refused", () => {
  const large = 'join("", [for i in range(1000) : format("%010000d", 0)])';
  test.each([
    [`replace(${large}, "0", "12345678")`, "longer than"],
    [`regex_replace(${large}, "0", "12345678")`, "too long for a pattern this complex"],
    [`regexall("(0+0+)+1", ${large})`, "too long for a pattern this complex"],
    [`split("", ${large})`, "more than 1,000,000 elements"],
    [`urlencode(${large})`, "longer than"],
    ['formatlist("%10000s", flatten([for i in range(10) : range(1000)]))', "longer than"],
    ["setproduct([for i in range(40) : [0, 1]]...)", "more than 1,000,000 elements"],
    [`reverse("é\${${large}}")`, "more than 1,000,000 elements"],
    ['[for i in range(1000) : join("", [for j in range(1000) : format("%10000d", 1)])]', "characters"],
  ])("%s", (expression, message) => {
    const { value, diagnostics } = evaluateText(expression, surroundings);
    expect(value.kind).toBe("unknown");
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]?.message).toContain(message);
  });
});

describe("no argument makes a function throw, take long or give something broken", () => {
  const text = fc.constantFrom(
    "",
    "a",
    "1",
    "-7",
    "10.0.0.0/8",
    "::/0",
    "%5d%v",
    "a,b\n1,2",
    "(a|b)*",
    "2024-02-29T00:00:00Z",
    "1h",
    "😀\r\n",
    "1.2.3",
    "AAAA",
    "[1]",
    "é",
    "YYYY",
  );
  const number = fc.constantFrom(
    "0",
    "1",
    "-1",
    "0.5",
    "2",
    "64",
    "1e18",
    "-1e18",
    "1e400",
    "1e-400",
    "1/0",
    "-1/0",
    "1/3",
  );
  const { value } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 2 },
      text.map((content) => JSON.stringify(content)),
      number,
      fc.constantFrom("true", "null", "[]", "{}", 'setunion(["b", "a"])', "convert({ k = 1 }, map(number))"),
      fc.array(tie("value"), { maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
      tie("value").map((item) => `{ a = ${item}, b = 1 }`),
    ),
  }));
  const names = [...standardFunctions.keys()].filter((name) => name !== "bcrypt");
  test.each(names)("%s", (name) => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), (args) => {
        const { diagnostics } = evaluateText(`jsonencode(${name}(${args.join(", ")}))`, surroundings);
        for (const { code } of diagnostics) expect(code).toMatch(/^eval\//);
      }),
      { numRuns: 100 },
    );
  });
});

test("a bcrypt hash is that of the password", () => {
  const hash: unknown = JSON.parse(jsonOf('bcrypt("sécret", 4)', surroundings));
  expect(compareSync("sécret", String(hash))).toBe(true);
  expect(compareSync("secret", String(hash))).toBe(false);
});
