/** Functions on dates and times (spec bake-language, section 10, "Time"). */
import { FunctionFailure } from "../../hcl/function.ts";
import { fromInteger } from "../../hcl/number.ts";
import { describeValue } from "../../hcl/type.ts";
import { anyType, numberType, numberValue, objectValue, stringType, stringValue, type Value } from "../../hcl/value.ts";
import type { Arguments } from "../arguments.ts";
import { define, type FunctionTable } from "../define.ts";
import { formatDate, monthNames, weekdayNames } from "./format-date.ts";
import { daysUntil, fieldsOf, isoWeekOf, type Moment } from "./moment.ts";
import { addNanoseconds, formatTimestamp, parseDuration, parseTimestamp } from "./rfc3339.ts";

export const timeFunctions: FunctionTable = {
  timestamp: define("The current time in UTC, as an RFC 3339 timestamp.", {}, (_, world) =>
    stringValue(formatTimestamp(fromUnix(Math.floor(world.now() / 1000)))),
  ),
  formatdate: define(
    "Formats an RFC 3339 timestamp; formattimestamp can do more.",
    { format: stringType, time: stringType },
    (args) => stringValue(formatDate(args.text(0), timestampAt(args, 1))),
  ),
  formattimestamp: define(
    "Formats an RFC 3339 timestamp or a unix time; the format X gives the unix time.",
    { format: stringType, time: anyType },
    (args) => {
      const moment = momentAt(args, 1);
      return stringValue(args.text(0) === "X" ? String(moment.seconds) : formatDate(args.text(0), moment));
    },
  ),
  timeadd: define(
    "The timestamp some time later; the duration is written as 1h30m or -10s.",
    { timestamp: stringType, duration: stringType },
    (args) => {
      const moment = timestampAt(args, 0);
      const duration = parseDuration(args.text(1));
      if (duration === undefined) {
        throw new FunctionFailure(
          `${JSON.stringify(args.text(1).slice(0, 60))} is not a duration such as 1h30m or -1.5s; units are h, m, s, ms, us and ns`,
          1,
        );
      }
      return stringValue(formatTimestamp(inRange(addNanoseconds(moment, duration), 1)));
    },
  ),
  unixtimestampparse: define(
    "The parts of a unix time, in UTC, as an object.",
    { unix_timestamp: numberType },
    (args) => partsOf(unixAt(args, 0)),
  ),
};

function momentAt(args: Arguments, at: number): Moment {
  const value = args.value(at);
  if (value.kind === "string") return timestampAt(args, at);
  if (value.kind === "number") return unixAt(args, at);
  throw new FunctionFailure(`must be an RFC 3339 timestamp or a unix time, not ${describeValue(value)}`, at);
}

function timestampAt(args: Arguments, at: number): Moment {
  const parsed = parseTimestamp(args.text(at));
  if (!parsed.ok) throw new FunctionFailure(parsed.message, at);
  return parsed.moment;
}

function unixAt(args: Arguments, at: number): Moment {
  return inRange(fromUnix(unixSeconds(args, at)), at);
}

function unixSeconds(args: Arguments, at: number): number {
  const number = args.number(at);
  if (number.kind === "integer") return number.value;
  throw new FunctionFailure("a unix time must be a whole number (an integer) of seconds", at);
}

const firstSecond = daysUntil(0, 1, 1) * 86_400;
const lastSecond = daysUntil(10_000, 1, 1) * 86_400 - 1;

/** Timestamps have years of four digits. */
function inRange(moment: Moment, argument: number): Moment {
  const local = moment.seconds + moment.offsetMinutes * 60;
  if (local >= firstSecond && local <= lastSecond) return moment;
  throw new FunctionFailure("the time would be outside of the years 0 to 9999", argument);
}

function fromUnix(seconds: number): Moment {
  return { seconds, nanoseconds: 0, offsetMinutes: 0 };
}

function partsOf(moment: Moment): Value {
  const fields = fieldsOf(moment);
  const iso = isoWeekOf(fields);
  const numbers = {
    year: fields.year,
    year_day: fields.yearDay,
    day: fields.day,
    month: fields.month,
    weekday: fields.weekday,
    hour: fields.hour,
    minute: fields.minute,
    second: fields.second,
    iso_year: iso.year,
    iso_week: iso.week,
  };
  return objectValue([
    ...Object.entries(numbers).map(([name, number]): [string, Value] => [name, numberValue(fromInteger(number))]),
    ["month_name", stringValue(monthNames[fields.month - 1] ?? "")],
    ["weekday_name", stringValue(weekdayNames[fields.weekday] ?? "")],
    ["rfc3339", stringValue(formatTimestamp(moment))],
  ]);
}
