import type { Entries } from "./entry.ts";

export const hclEntries: Entries = {
  "hcl/invalid-character": {
    fix: "Put text in quotes; remove characters that came along when the text was pasted.",
    example: "version = @1\n",
  },
  "hcl/wrong-quotes": { fix: "Use straight double quotes.", example: "name = 'app'\n" },
  "hcl/unsupported-operator": {
    fix: "Use the operator that the hint names: `&&`, `||`, `!=`, or the function `pow`.",
    example: "both = true & false\n",
  },
  "hcl/semicolon": { fix: "Remove it and begin a new line.", example: "a = 1;\n" },
  "hcl/invalid-number": {
    fix: "Write decimal digits; put versions in quotes.",
    example: "version = 1.2.3\n",
  },
  "hcl/unterminated-string": {
    fix: "Close the string on its line; text of several lines is a heredoc.",
    example: 'name = "app\n',
  },
  "hcl/unterminated-heredoc": {
    fix: "End it with its marker on a line of its own; `<<-` lets the marker be indented.",
    example: "text = <<EOT\nhello\n",
  },
  "hcl/unterminated-comment": { fix: "Close it with `*/`.", example: "/* everything below\na = 1\n" },
  "hcl/unclosed-sequence": {
    fix: "Close it with `}`; a plain `${` is written `$${`, a plain `%{` is written `%%{`.",
    example: 'name = "app-${1"\n',
  },
  "hcl/heredoc-opening": {
    fix: "Write `<<EOT` and end the line there; the marker takes no quotes and no comment.",
    example: "text = <<EOT # greeting\nhello\nEOT\n",
  },
  "hcl/invalid-escape": { fix: "Double the backslash where you mean one.", example: 'pattern = "\\d+"\n' },
  "hcl/expected-item": {
    fix: "Write `name = value`, or a block with its braces.",
    example: "[1, 2]\n",
  },
  "hcl/quoted-name": {
    fix: "Remove the quotes.",
    example: 'target "app" {\n  "context" = "."\n}\n',
  },
  "hcl/expected-equals": { fix: "Write one `=` between name and value.", example: "a: 1\n" },
  "hcl/missing-value": {
    fix: "Begin the value on the line of its `=`; `null` is a value that unsets.",
    example: "a =\nb = 1\n",
  },
  "hcl/expected-newline": {
    fix: "Give each attribute a line of its own, without commas.",
    example: "a = 1, b = 2\n",
  },
  "hcl/one-line-block": {
    fix: "Give each attribute a line of its own, or make it a map: `args = { … }`.",
    example: 'target "app" { context = ".", target = "x" }\n',
  },
  "hcl/expected-block-body": {
    fix: "Put the `{` on the line of the block's name.",
    example: 'target "app"\n{\n}\n',
  },
  "hcl/template-in-label": {
    fix: "Write the name out; names that are computed are those of a matrix: `name = …`.",
    example: 'target "app-${1}" {}\n',
  },
  "hcl/unclosed-block": { fix: "Add the `}` that is missing.", example: 'target "app" {\n  context = "."\n' },
  "hcl/unexpected-closing": {
    fix: "Remove it, or look for the opening one that is missing before it.",
    example: "a = 1\n}\n",
  },
  "hcl/duplicate-attribute": {
    fix: "Keep one of them.",
    example: 'target "app" {\n  context = "a"\n  context = "b"\n}\n',
  },
  "hcl/expected-expression": {
    fix: "Write the value; one that spans lines needs parentheses around it.",
    example: "a = 1 +\n",
  },
  "hcl/unclosed-bracket": { fix: "Close it.", example: 'tags = ["a", "b"\nc = 1\n' },
  "hcl/missing-comma": { fix: "Add the comma.", example: 'tags = [\n  "a"\n  "b"\n]\n' },
  "hcl/missing-separator": {
    fix: "Add a comma, or begin a new line.",
    example: "args = { A = 1 B = 2 }\n",
  },
  "hcl/missing-object-value": {
    fix: "Write `key = value`; a list without keys has square brackets.",
    example: "args = { A, B = 2 }\n",
  },
  "hcl/ambiguous-key": {
    fix: "Put the key in quotes if it is text, in parentheses if it is computed.",
    example: 'labels = { org.title = "app" }\n',
  },
  "hcl/incomplete-conditional": {
    fix: "Add `: value` for the case that the condition is false.",
    example: "a = (true ? 1)\n",
  },
  "hcl/expected-name-after-dot": { fix: "Write the name, or remove the dot.", example: "a = (target.)\n" },
  "hcl/chained-number-index": { fix: "Use brackets: `[0][1]`.", example: "a = [[1]]\nb = a.0.0\n" },
  "hcl/nested-attribute-splat": { fix: "Use `[*]`.", example: "a = [[1]]\nb = a.*.*\n" },
  "hcl/expected-call": { fix: "Add the arguments in parentheses.", example: "a = ns::f + 1\n" },
  "hcl/spread-not-last": {
    fix: "Put the list last, or `concat` the lists before.",
    example: "a = max([1, 2]..., 3)\n",
  },
  "hcl/invalid-for": { fix: "Write `[for item in list : value]`.", example: "a = [for x of [1] : x]\n" },
  "hcl/key-in-list-for": {
    fix: "Use `{ }` to make keys and values, or drop the key.",
    example: "a = [for x in [1] : x => x]\n",
  },
  "hcl/no-key-in-object-for": {
    fix: "Add `key =>`, or use `[ ]` to make a list.",
    example: "a = {for x in [1] : x}\n",
  },
  "hcl/grouping-in-list-for": {
    fix: "Use `{for … : key => value...}`, or drop the dots.",
    example: "a = [for x in [1] : x...]\n",
  },
  "hcl/extra-in-sequence": { fix: "Use one interpolation for each expression.", example: 'a = "${1 2}"\n' },
  "hcl/unknown-directive": {
    fix: "Use if, else and endif, or for and endfor; nest an if for `else if`.",
    example: 'a = "%{ elseif true }"\n',
  },
  "hcl/unclosed-directive": { fix: "Add the end.", example: 'a = "%{ if true }yes"\n' },
  "hcl/stray-directive": { fix: "Remove it, or add the opening one.", example: 'a = "yes%{ endif }"\n' },
  "hcl/too-deep": {
    fix: "Give the inner parts names of their own.",
    example: `a = ${"[".repeat(201)}${"]".repeat(201)}\n`,
  },
  "hcl/extra-after-expression": {
    fix: "Remove what follows.",
    example: { "docker-bake.json": '{"variable": {"TAGS": {"type": "list(string) b"}}}\n' },
  },
};
