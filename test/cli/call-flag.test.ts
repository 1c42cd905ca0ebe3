import { expect, test } from "vitest";
import { buildFlags } from "../../src/cli/build-flags.ts";
import { callOf } from "../../src/cli/call-flag.ts";
import { UsageError } from "../../src/cli/flag.ts";
import { parseFlags } from "../../src/cli/parse-flags.ts";

const plain = { format: "text", ignoreStatus: false };

test.each([
  [[], plain],
  [["--check"], { ...plain, method: "check" }],
  [["--check=false"], plain],
  [["--call=outline"], { ...plain, method: "outline" }],
  [["--call", "targets", "--check"], { ...plain, method: "targets" }],
  [["--call=check,format=json,ignorestatus=1"], { method: "check", format: "json", ignoreStatus: true }],
  [["--call=format=json,check"], { ...plain, method: "check", format: "json" }],
  [["--call=format=json", "--check"], { ...plain, method: "check", format: "json" }],
  [["--call=ignorestatus=true"], { ...plain, ignoreStatus: true }],
])("reads %j", (words, wanted) => {
  expect(callOf(parseFlags(words, buildFlags))).toEqual(wanted);
});

test.each([
  ["check,outline", /two methods/],
  ["check,", /says nothing/],
  ["check,format=yaml", /no format "yaml"/],
  ["check,fromat=json", /no key "fromat"/],
  ["check,ignorestatus=maybe", /neither true nor false/],
  ['"check', /quote/],
])("refuses --call=%s", (text, message) => {
  const read = () => callOf(parseFlags([`--call=${text}`], buildFlags));
  expect(read).toThrow(UsageError);
  expect(read).toThrow(message);
});
