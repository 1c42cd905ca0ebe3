import { compareSync } from "bcryptjs";
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

test("a bcrypt hash is that of the password", () => {
  const hash: unknown = JSON.parse(jsonOf('bcrypt("sécret", 4)', surroundings));
  expect(compareSync("sécret", String(hash))).toBe(true);
  expect(compareSync("secret", String(hash))).toBe(false);
});
