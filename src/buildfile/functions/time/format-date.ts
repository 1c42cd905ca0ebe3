/** Dates and times in a format of repeated letters: `YYYY-MM-DD'T'hh:mm` (spec bake-language, section 10). */
import { FunctionFailure } from "../../hcl/function.ts";
import { type Fields, fieldsOf, type Moment } from "./moment.ts";
import { formatOffset, padded } from "./rfc3339.ts";

export const monthNames: readonly string[] = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

export const weekdayNames: readonly string[] = [
  "Sunday",
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
];

type Render = (fields: Fields, moment: Moment) => string;

const verbs: Readonly<Record<string, Render>> = {
  YYYY: ({ year }) => padded(year, 4),
  YY: ({ year }) => padded(((year % 100) + 100) % 100, 2),
  MMMM: ({ month }) => monthNames[month - 1] ?? "",
  MMM: ({ month }) => (monthNames[month - 1] ?? "").slice(0, 3),
  MM: ({ month }) => padded(month, 2),
  M: ({ month }) => String(month),
  DD: ({ day }) => padded(day, 2),
  D: ({ day }) => String(day),
  EEEE: ({ weekday }) => weekdayNames[weekday] ?? "",
  EEE: ({ weekday }) => (weekdayNames[weekday] ?? "").slice(0, 3),
  hh: ({ hour }) => padded(hour, 2),
  h: ({ hour }) => String(hour),
  HH: ({ hour }) => padded(hour % 12 || 12, 2),
  H: ({ hour }) => String(hour % 12 || 12),
  AA: ({ hour }) => (hour < 12 ? "AM" : "PM"),
  aa: ({ hour }) => (hour < 12 ? "am" : "pm"),
  mm: ({ minute }) => padded(minute, 2),
  m: ({ minute }) => String(minute),
  ss: ({ second }) => padded(second, 2),
  s: ({ second }) => String(second),
  ZZZZZ: (_, moment) => formatOffset(moment, ":") ?? "+00:00",
  ZZZZ: (_, moment) => formatOffset(moment, "") ?? "+0000",
  ZZZ: (_, moment) => formatOffset(moment, "") ?? "UTC",
  Z: (_, moment) => formatOffset(moment, ":") ?? "Z",
};

/** `''`, quoted text (to the end if the closing quote is missing), a run of one letter, or other characters. */
const token = /''|'((?:[^']|'')*)'?|([A-Za-z])\2*|[^'A-Za-z]+/g;

/** Throws a FunctionFailure for letters that mean nothing. */
export function formatDate(format: string, moment: Moment): string {
  const fields = fieldsOf(moment);
  return format.replace(token, (text: string, quoted?: string, letter?: string) => {
    if (quoted !== undefined) return quoted.replaceAll("''", "'");
    if (text === "''") return "'";
    return letter === undefined ? text : renderVerb(text, letter, { fields, moment });
  });
}

function renderVerb(text: string, letter: string, time: { readonly fields: Fields; readonly moment: Moment }): string {
  const render = Object.hasOwn(verbs, text) ? verbs[text] : undefined;
  if (render !== undefined) return render(time.fields, time.moment);
  const alike = Object.keys(verbs).filter((verb) => verb.startsWith(letter));
  const shown = text.length <= 12 ? text : `${text.slice(0, 11)}…`;
  const hint = alike.length > 0 ? `use ${alike.join(" or ")}` : "put text that stands for itself in single quotes";
  throw new FunctionFailure(`${JSON.stringify(shown)} in the format means nothing; ${hint}`, 0);
}
