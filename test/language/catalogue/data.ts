import type { Entries, Entry } from "./entry.ts";

function json(text: string, fix: string): Entry {
  return { fix, example: { "docker-bake.json": `${text}\n` } };
}

function toml(text: string, fix: string): Entry {
  return { fix, example: { "docker-bake.toml": `${text}\n` } };
}

export const dataEntries: Entries = {
  "json/expected-value": json('{"a": }', "Write the value."),
  "json/unknown-word": json('{"a": True}', "Write true, false or null, or put text in quotes."),
  "json/trailing-comma": json('{"a": 1,}', "Remove the comma."),
  "json/missing-comma": json('{"a": 1 "b": 2}', "Add the comma."),
  "json/unquoted-key": json("{a: 1}", "Put the key in double quotes."),
  "json/expected-colon": json('{"a" = 1}', "Write a colon between key and value."),
  "json/unclosed": json('{"a": [1', "Close it."),
  "json/comment": json('{\n  // mine\n  "a": 1\n}', 'Write it as an entry that nobody reads: `"//": "mine"`.'),
  "json/wrong-quotes": json("{\"a\": 'b'}", "Use double quotes."),
  "json/unterminated-string": json('{"a": "b\n}', "Close the string; a line end in it is `\\n`."),
  "json/invalid-escape": json('{"a": "\\d+"}', "Double the backslash where you mean one."),
  "json/control-character": json('{"a": "b\tc"}', "Write it as an escape: `\\t`."),
  "json/invalid-number": json('{"a": 007}', "Leave out leading zeros, or put it in quotes."),
  "json/extra-after-end": json('{"a": 1} {"b": 2}', "Put everything into one object, or an array of objects."),
  "json/too-deep": json(`{"a": ${"[".repeat(201)}${"]".repeat(201)}}`, "Nest less."),
  "data/root-not-object": json('"app"', "Begin the file with `{`."),
  "data/block-not-object": json('{"target": "app"}', 'Write `"target": {"app": { … }}`.'),
  "data/body-not-object": json('{"target": {"app": 1}}', "Write the attributes in braces."),
  "data/duplicate-attribute": json('{"target": {"app": {"context": "a", "context": "b"}}}', "Keep one of them."),
  "data/duplicate-key": json('{"target": {"app": {"args": {"A": "1", "A": "2"}}}}', "Keep one of them."),
  "toml/expected-value": toml("a = yes", "Put text in quotes."),
  "toml/expected-equals": toml("a 1", "Write `key = value`."),
  "toml/expected-key": toml("= 1", "Write the key, in quotes if it has other characters."),
  "toml/expected-newline": toml("a = 1 b = 2", "Begin a new line."),
  "toml/invalid-header": toml("[target.app", "Close the header on its line."),
  "toml/unterminated-string": toml('a = "b', 'Close it; a string of several lines is written in `"""`.'),
  "toml/invalid-escape": toml('a = "\\d+"', "Use single quotes, in which a backslash is a backslash."),
  "toml/control-character": toml('a = "b\u0001"', "Write it as an escape."),
  "toml/invalid-number": toml("a = 07", "Leave out leading zeros, or put it in quotes."),
  "toml/integer-range": toml("a = 9223372036854775808", "Put it in quotes."),
  "toml/not-finite": toml("a = inf", "Use a number."),
  "toml/invalid-date": toml("a = 2021-02-30", "Correct the date, or put it in quotes."),
  "toml/invalid-array": toml("a = [1 2]", "Add the comma."),
  "toml/invalid-inline-table": toml("a = {b = 1,}", "Keep it on one line and leave out the last comma."),
  "toml/redefined": toml("[target.app]\n[target.app]", "Make it one table."),
  "toml/syntax": {
    fix: "Look at the place that is marked; a TOML checker may say more.",
    noExample: "It stands in for complaints that have no words of their own.",
  },
  "toml/too-deep": toml(`a${".b".repeat(200)} = 1`, "Nest less."),
};
