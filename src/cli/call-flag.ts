/** `--call=METHOD[,format=json][,ignorestatus=true]`: what is asked of the frontend, and how the answer is shown. */
import { parseBoolean } from "../base/boolean.ts";
import { parseCsvRecord } from "../base/csv.ts";
import { type ParsedFlags, UsageError } from "./flag.ts";

export interface CallFlag {
  /** Absent: only how answers are shown was said. */
  readonly method?: string;
  readonly format: "text" | "json";
  readonly ignoreStatus: boolean;
}

const unsaid: CallFlag = { format: "text", ignoreStatus: false };
const howTo = "write --call=METHOD, --call=METHOD,format=json or --call=METHOD,ignorestatus=true";

/** Of `--call` and `--check`; throws a UsageError for what cannot be read. */
export function callOf(flags: ParsedFlags): CallFlag {
  const said = parseCall(flags.text("call") ?? "");
  return said.method === undefined && flags.switch("check") === true ? { ...said, method: "check" } : said;
}

function parseCall(text: string): CallFlag {
  if (text === "") return unsaid;
  const record = parseCsvRecord(text);
  if (!record.ok) throw new UsageError(`flag --call: ${record.message}`, howTo);
  return record.fields.reduce((call, field) => withField(call, field.trim(), text), unsaid);
}

function withField(call: CallFlag, field: string, text: string): CallFlag {
  const [key = "", value] = cut(field);
  if (value === undefined) {
    if (key === "" || call.method !== undefined)
      throw new UsageError(`flag --call=${text} says ${key === "" ? "nothing" : "two methods"}`, howTo);
    return { ...call, method: key };
  }
  switch (key.toLowerCase()) {
    case "format":
      if (value === "json" || value === "text") return { ...call, format: value };
      throw new UsageError(`flag --call: there is no format ${JSON.stringify(value)}`, "the formats are text and json");
    case "ignorestatus": {
      const ignoreStatus = parseBoolean(value);
      if (ignoreStatus !== undefined) return { ...call, ignoreStatus };
      throw new UsageError(`flag --call: ignorestatus=${value} is neither true nor false`);
    }
    default:
      throw new UsageError(`flag --call: there is no key ${JSON.stringify(key)}`, howTo);
  }
}

function cut(field: string): readonly [string, string?] {
  const equals = field.indexOf("=");
  return equals === -1 ? [field] : [field.slice(0, equals), field.slice(equals + 1)];
}
