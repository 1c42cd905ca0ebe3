import { describe, expect, test } from "vitest";
import { parseHcl, parseTemplateIn } from "../../../src/buildfile/hcl/parse.ts";
import type { Expression, TemplatePart } from "../../../src/buildfile/hcl/syntax.ts";

/** The parts of the only attribute's template, texts as they are and everything else as `<kind>`. */
function partsOf(text: string): unknown {
  const { value, diagnostics } = parseHcl({ name: "x.hcl", text });
  expect(diagnostics).toEqual([]);
  const template = value.attributes[0]?.value;
  return template?.kind === "template" ? template.parts.map(shown) : template?.kind;
}

function shown(part: TemplatePart): unknown {
  if (part.kind === "text") return part.text;
  if (part.kind === "interpolation") return `<${nameOf(part.expression)}>`;
  if (part.kind === "for") return { for: part.valueName, body: part.body.map(shown) };
  return {
    if: nameOf(part.condition),
    then: part.then.map(shown),
    ...(part.otherwise && { else: part.otherwise.map(shown) }),
  };
}

function nameOf(expression: Expression): string {
  return expression.kind === "name" ? expression.name : expression.kind;
}

describe("quoted strings", () => {
  test.each<readonly [string, readonly unknown[]]>([
    ['""', []],
    ['"a"', ["a"]],
    ['"${x}"', ["<x>"]],
    ['"a${x}b${y}"', ["a", "<x>", "b", "<y>"]],
    ['"\\n\\r\\t\\"\\\\\\u00e9\\U0001F600"', ['\n\r\t"\\é😀']],
    ['"$${x}"', ["${x}"]],
    ['"$$${x}"', ["$${x}"]],
    ['"$$$${x}"', ["$$${x}"]],
    ['"%%{x}%"', ["%{x}%"]],
    ['"$ % $$ %% $"', ["$ % $$ %% $"]],
    ['"a   ${~ x}"', ["a", "<x>"]],
    ['"${x ~}   b"', ["<x>", "b"]],
    ['"a \\n\\t${~ x ~} \\u00a0\\u3000b"', ["a", "<x>", "b"]],
    ['" ${~ x}"', ["", "<x>"]],
    ['"${x ~} "', ["", "<x>"]],
    ['"${x ~} ${y}"', ["<x>", "<y>"]],
    ['"%{ if c }a%{ endif }"', [{ if: "c", then: ["a"] }]],
    ['"%{ if c ~} a %{~ else ~} b %{~ endif }"', [{ if: "c", then: ["a"], else: ["b"] }]],
    ['"%{ if c }%{ else }%{ endif }"', [{ if: "c", then: [], else: [] }]],
    ['"%{ for x in l }%{ if x }${x}%{ endif }%{ endfor }"', [{ for: "x", body: [{ if: "x", then: ["<x>"] }] }]],
    ['"${\nx\n}"', ["<x>"]],
    ['"${{ a = "}" }}"', ["<object>"]],
    ['"${"${"}"}"}"', ["<template>"]],
  ])("%s", (written, parts) => {
    expect(partsOf(`a = ${written}\n`)).toEqual(parts);
  });
});

describe("heredocs", () => {
  test.each<readonly [string, string, readonly unknown[]]>([
    ["keep their indentation and their last newline", "<<E\n  a\n\tb\nE\n", ["  a\n\tb\n"]],
    ["can be empty", "<<E\nE\n", []],
    ["end at a marker that is indented and followed by spaces", "<<E\na\n\t E  \n", ["a\n"]],
    ["do not end at a line that only begins with the marker", "<<E\nEE\nE x\nE\n", ["EE\nE x\n"]],
    ["do not end behind an interpolation", "<<E\n${x}E\nE\n", ["<x>", "E\n"]],
    ["end at the end of the file", "<<E\na\nE", ["a\n"]],
    ["keep CRLF line ends", "<<E\r\na\r\nE\r\n", ["a\r\n"]],
    ["take backslashes and quotes as they are", '<<E\n\\n "x"\nE\n', ['\\n "x"\n']],
    ["escape sequences by doubling", "<<E\n$${a} %%{b}\nE\n", ["${a} %{b}\n"]],
    ["lose the indentation all lines share after <<-", "<<-E\n    a\n      b\n    E\n", ["a\n  b\n"]],
    ["count a tab as one character", "<<-E\n\t\ta\n   b\nE\n", ["a\n b\n"]],
    ["neither count nor touch blank lines", "<<-E\n    a\n\n  \n    b\n  E\n", ["a\n\n  \nb\n"]],
    ["count the text before an interpolation as indentation", "<<-E\n    ${x}\n    b\n  E\n", ["<x>", "\nb\n"]],
    ["keep everything when a line begins with an interpolation", "<<-E\n${x}\n    b\nE\n", ["<x>", "\n    b\n"]],
    [
      "keep the line after a newline that was trimmed away",
      "<<-E\n    a${x ~}\n    b\n    c\nE\n",
      ["a", "<x>", "    b\nc\n"],
    ],
    ["lose indentation to a trim mark after it", "<<E\na\n    ${~ x}\nE\n", ["a\n", "<x>", "\n"]],
    ["lose the line before to a trim mark in column 1", "<<E\na  \n${~ x}\nE\n", ["a", "<x>", "\n"]],
    ["trim one line only", "<<E\n${x ~}\n\n  b\nE\n", ["<x>", "\n  b\n"]],
    ["are strings though an interpolation is all that is left", "<<E\n${x ~}\nE\n", ["", "<x>"]],
  ])("%s", (_, written, parts) => {
    expect(partsOf(`a = ${written}`)).toEqual(parts);
  });

  test("are followed by the rest of their expression on the next line", () => {
    const { value, diagnostics } = parseHcl({
      name: "x.hcl",
      text: "a = f(<<E\nx\nE\n, 2)\nb = {\n  c = <<E\ny\nE\n  d = 1\n}\n",
    });
    expect(diagnostics).toEqual([]);
    expect(value.attributes.map((attribute) => attribute.value.kind)).toEqual(["call", "object"]);
  });
});

describe("templates of data strings", () => {
  const parse = (text: string): readonly unknown[] => {
    const { value, diagnostics } = parseTemplateIn({
      source: { name: "x.json", text },
      text,
      locate: (offset) => offset,
    });
    expect(diagnostics).toEqual([]);
    return value.parts.map(shown);
  };

  test.each<readonly [string, readonly unknown[]]>([
    ["", []],
    ['plain \\n "text" $ %', ['plain \\n "text" $ %']],
    ['${f("x\\n")}', ["<call>"]],
    ["a\n  b ${~ x ~} \n c", ["a\n  b", "<x>", " c"]],
    ["$${x}%%{y}", ["${x}%{y}"]],
  ])("%j", (text, parts) => {
    expect(parse(text)).toEqual(parts);
  });
});
