/** `RUN --device=…`: a device of the container device interface. */

import { parseBoolean } from "../base/boolean.ts";
import { parseCsvRecord } from "../base/csv.ts";
import { type Parsed, parsed, unparsed } from "../base/parsed.ts";

export interface Device {
  readonly name: string;
  readonly required: boolean;
}

/** `NAME[,required]`, or `name=NAME,required=true`. */
export function parseDevice(text: string): Parsed<Device> {
  const record = parseCsvRecord(text);
  if (!record.ok) return unparsed(`--device cannot be read: ${record.message}`);
  let name = "";
  let required = false;
  for (const field of record.fields) {
    const [, key = "", value] = /^([^=]*)(?:=(.*))?$/s.exec(field) ?? [];
    const known = key.toLowerCase();
    if (known === "required") {
      const truth = value === undefined ? true : parseBoolean(value);
      if (truth === undefined) return unparsed(`required is true or false, not ${JSON.stringify(value)}`);
      required = truth;
    } else if (known === "name" && value !== undefined) {
      if (name !== "") return unparsed(`the device is named already: ${name}`);
      name = value;
    } else if (name === "") name = field;
    else return unparsed(`--device does not know ${JSON.stringify(field)}`);
  }
  return parsed({ name, required });
}
