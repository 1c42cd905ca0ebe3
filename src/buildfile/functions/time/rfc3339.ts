/** Timestamps as text (RFC 3339), and durations. */
import { daysInMonth, daysUntil, fieldsOf, type Moment } from "./moment.ts";

const timestamp = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:Z|([+-])(\d{2}):(\d{2}))$/;

export type ParsedTime =
  | { readonly ok: true; readonly moment: Moment }
  | { readonly ok: false; readonly message: string };

/** Reads a timestamp strictly: with `T`, seconds, and `Z` or an offset. */
export function parseTimestamp(text: string): ParsedTime {
  const match = timestamp.exec(text);
  if (match === null) return wrong(text, "it should look like 2024-05-06T07:08:09Z");
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const [, , , , , , , fraction = "", sign, offsetHours = "0", offsetMinutes = "0"] = match;
  if (month < 1 || month > 12) return wrong(text, `there is no month ${month}`);
  if (day < 1 || day > daysInMonth(year, month)) return wrong(text, `the month has no day ${day}`);
  if (hour > 23 || minute > 59 || second > 59) return wrong(text, "a day ends at 23:59:59");
  if (Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return wrong(text, "an offset is less than 24:00");
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * (sign === "-" ? -1 : 1);
  const seconds = daysUntil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset * 60;
  const nanoseconds = Number(fraction.slice(0, 9).padEnd(9, "0"));
  return { ok: true, moment: { seconds, nanoseconds, offsetMinutes: offset + 0 } };
}

/** Without fractions of seconds. */
export function formatTimestamp(moment: Moment): string {
  const { year, month, day, hour, minute, second } = fieldsOf(moment);
  const date = `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
  return `${date}T${padded(hour, 2)}:${padded(minute, 2)}:${padded(second, 2)}${formatOffset(moment, ":") ?? "Z"}`;
}

/** `+02:00` with the separator given; undefined for UTC. */
export function formatOffset({ offsetMinutes }: Moment, separator: string): string | undefined {
  if (offsetMinutes === 0) return undefined;
  const minutes = Math.abs(offsetMinutes);
  return `${offsetMinutes < 0 ? "-" : "+"}${padded(Math.floor(minutes / 60), 2)}${separator}${padded(minutes % 60, 2)}`;
}

export function padded(number: number, width: number): string {
  return `${number < 0 ? "-" : ""}${String(Math.abs(number)).padStart(width, "0")}`;
}

const unitNanoseconds: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  "\u00b5s": 1_000n,
  "\u03bcs": 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const durationPart = /(\d{0,19})(?:\.(\d{0,40}))?(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/y;

/** Nanoseconds of `1h30m`, `-1.5h`, `0`; undefined when it is no duration of less than 292 years. */
export function parseDuration(text: string): bigint | undefined {
  const unsigned = text.replace(/^[+-]/, "");
  if (unsigned === "0") return 0n;
  let total = 0n;
  durationPart.lastIndex = 0;
  do {
    const found = durationPart.exec(unsigned);
    if (found === null) return undefined;
    const [, whole = "", fraction = "", unit = ""] = found;
    if (whole === "" && fraction === "") return undefined;
    const size = unitNanoseconds[unit] ?? 0n;
    total += BigInt(whole || "0") * size + (BigInt(fraction || "0") * size) / 10n ** BigInt(fraction.length);
  } while (durationPart.lastIndex < unsigned.length);
  if (total >= 1n << 63n) return undefined;
  return text.startsWith("-") ? -total : total;
}

/** A moment some nanoseconds later. */
export function addNanoseconds(moment: Moment, nanoseconds: bigint): Moment {
  const total = BigInt(moment.nanoseconds) + nanoseconds;
  const rest = ((total % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return {
    ...moment,
    seconds: moment.seconds + Number((total - rest) / 1_000_000_000n),
    nanoseconds: Number(rest),
  };
}

function wrong(text: string, reason: string): ParsedTime {
  const shown = text.length <= 60 ? text : `${text.slice(0, 59)}…`;
  return { ok: false, message: `${JSON.stringify(shown)} is not an RFC 3339 timestamp: ${reason}` };
}
