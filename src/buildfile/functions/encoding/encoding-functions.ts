/** Functions between values and their encoded text. */
import { plural } from "../../../base/text.ts";
import { FunctionFailure } from "../../hcl/function.ts";
import { objectType } from "../../hcl/type.ts";
import { anyType, listValue, objectValue, stringType, stringValue, type Value } from "../../hcl/value.ts";
import { valueFromJson } from "../../hcl/value-from-json.ts";
import { valueToJson } from "../../hcl/value-json.ts";
import { define, type FunctionTable, nullable } from "../define.ts";
import { allowElements, allowText } from "../limits.ts";
import { decodeBase64, decodeUtf8, encodeBase64 } from "./base64.ts";
import { type CsvRecord, readRecords } from "./csv.ts";

const str = stringType;

export const encodingFunctions: FunctionTable = {
  base64encode: define("The base64 form of a string.", { str }, (args) => stringValue(encodeBase64(args.text(0)))),
  base64decode: define("The string of a base64 form.", { str }, (args) => {
    const bytes = decodeBase64(args.text(0));
    if (bytes === undefined)
      throw new FunctionFailure("is not base64 (letters, digits, + and /, padded with = to a multiple of 4)", 0);
    const text = decodeUtf8(bytes);
    if (text === undefined) throw new FunctionFailure("does not decode to UTF-8 text", 0);
    return stringValue(text);
  }),
  jsonencode: define("A value as JSON text.", { val: nullable(anyType) }, (args) => {
    const json = valueToJson(args.value(0));
    if (!json.ok) throw new FunctionFailure(json.message, 0);
    return stringValue(json.text);
  }),
  jsondecode: define("The value of a JSON text.", { str }, (args) => {
    const json = valueFromJson(args.text(0));
    if (json.ok) return json.value;
    throw new FunctionFailure(`is not JSON: ${json.message} ${placeOf(args.text(0), json.offset)}`, 0);
  }),
  csvdecode: define("The rows of a CSV text, as objects with the names in its first row.", { str }, (args) =>
    csvDecode(args.text(0)),
  ),
  urlencode: define("A string as it is written in the query of a URL.", { str }, (args) => {
    allowText(args.text(0).length * 9);
    return stringValue(urlEncode(args.text(0)));
  }),
};

function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split("\n");
  return `(line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`;
}

function csvDecode(text: string): Value {
  const [header, ...rows] = allRecords(text);
  if (header === undefined) throw new FunctionFailure("has no header line with the names of the columns", 0);
  const names = header.fields;
  const repeated = names.find((name, at) => names.indexOf(name) < at);
  if (repeated !== undefined) throw new FunctionFailure(`has two columns named ${JSON.stringify(repeated)}`, 0);
  const values = rows.map(({ fields, line }) => {
    if (fields.length === names.length) {
      return objectValue(names.map((name, at) => [name.normalize("NFC"), stringValue(fields[at] ?? "")]));
    }
    throw new FunctionFailure(
      `line ${line} of the CSV text has ${plural(fields.length, "field")}, the header has ${names.length}`,
      0,
    );
  });
  return listValue(objectType(names.map((name) => [name.normalize("NFC"), stringType])), values);
}

function allRecords(text: string): readonly CsvRecord[] {
  const records: CsvRecord[] = [];
  let fields = 0;
  for (const record of readRecords(text)) {
    records.push(record);
    fields += record.fields.length;
    allowElements(fields);
  }
  return records;
}

/** Spaces become `+`; only letters, digits and `-_.~` stay. */
function urlEncode(text: string): string {
  let encoded = "";
  for (const byte of Buffer.from(text, "utf8")) {
    const character = String.fromCharCode(byte);
    if (/[A-Za-z0-9\-_.~]/.test(character)) encoded += character;
    else encoded += byte === 0x20 ? "+" : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}
