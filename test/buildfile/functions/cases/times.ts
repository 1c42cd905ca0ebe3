import type { CasesByFunction } from "./function-cases.ts";

export const timeCases: CasesByFunction = {
  timestamp: {
    good: [["timestamp()", '"1970-01-01T00:00:00Z"']],
    bad: [["timestamp(1)", "needs exactly 0 arguments"]],
  },
  formatdate: {
    good: [
      ['formatdate("EEE, DD MMM YYYY hh:mm:ss ZZZ", "2021-09-07T21:05:03Z")', '"Tue, 07 Sep 2021 21:05:03 UTC"'],
      ['formatdate("YY M D EEEE MMMM h:m:s", "2021-09-07T01:05:03.999Z")', '"21 9 7 Tuesday September 1:5:3"'],
      ['formatdate("HH:mm AA", "2021-09-07T21:05:03Z")', '"09:05 PM"'],
      ['formatdate("H aa", "2021-09-07T00:05:03Z")', '"12 am"'],
      ['formatdate("H aa", "2021-09-07T12:05:03Z")', '"12 pm"'],
      ['formatdate("Z ZZZ ZZZZ ZZZZZ", "2021-09-07T21:05:03-03:30")', '"-03:30 -0330 -0330 -03:30"'],
      ['formatdate("Z ZZZ ZZZZ ZZZZZ", "2021-09-07T21:05:03+00:00")', '"Z UTC +0000 +00:00"'],
      ["formatdate(\"h 'o''clock sharp' ''\", \"2021-09-07T21:05:03Z\")", "\"21 o'clock sharp '\""],
      ['formatdate("DD \'open", "2021-09-07T21:05:03Z")', '"07 open"'],
      ['formatdate("YYYY年", "2021-09-07T21:05:03Z")', '"2021年"'],
      ['formatdate("", "2021-09-07T21:05:03Z")', '""'],
      ['formatdate("YYYY-MM-DD", "2024-02-29T00:00:00Z")', '"2024-02-29"'],
    ],
    bad: [
      ['formatdate("Q", "2021-09-07T21:05:03Z")', '"Q" in the format means nothing; put text'],
      ['formatdate("YYY", "2021-09-07T21:05:03Z")', "use YYYY or YY"],
      ['formatdate("ZZ", "2021-09-07T21:05:03Z")', "use ZZZZZ or"],
      ['formatdate("YYYY", "2021-09-07")', "is not an RFC 3339 timestamp"],
      ['formatdate("YYYY", "2021-13-07T21:05:03Z")', "there is no month 13"],
      ['formatdate("YYYY", "2023-02-29T21:05:03Z")', "the month has no day 29"],
      ['formatdate("YYYY", "2021-09-07T24:00:00Z")', "a day ends at 23:59:59"],
      ['formatdate("YYYY", "2021-09-07T23:59:60Z")', "a day ends at 23:59:59"],
      ['formatdate("YYYY", "2021-09-07 23:59:00Z")', "is not an RFC 3339 timestamp"],
      ['formatdate("YYYY", "2021-09-07T21:05:03")', "is not an RFC 3339 timestamp"],
      ['formatdate("YYYY", "2021-09-07T21:05:03+24:00")', "an offset is less than 24:00"],
      ['formatdate("YYYY", 0)', "is not an RFC 3339 timestamp"],
    ],
  },
  formattimestamp: {
    good: [
      ['formattimestamp("YYYY-MM-DD", 1631048703)', '"2021-09-07"'],
      ['formattimestamp("hh:mm", "2021-09-07T21:05:03Z")', '"21:05"'],
      ['formattimestamp("X", "2021-09-07T21:05:03+02:00")', '"1631041503"'],
      ['formattimestamp("X", -1)', '"-1"'],
      ['formattimestamp("YYYY ZZZ", -1)', '"1969 UTC"'],
    ],
    bad: [
      ['formattimestamp("YYYY", 1.5)', "(an integer)"],
      ['formattimestamp("YYYY", true)', "must be an RFC 3339 timestamp or a unix time"],
      ['formattimestamp("YYYY", 253402300800)', "outside of the years 0 to 9999"],
      ['formattimestamp("XX", 0)', "means nothing"],
    ],
  },
  timeadd: {
    good: [
      ['timeadd("2024-02-28T23:00:00Z", "2h")', '"2024-02-29T01:00:00Z"'],
      ['timeadd("2022-12-30T00:00:00Z", "-1h30m")', '"2022-12-29T22:30:00Z"'],
      ['timeadd("2022-12-30T01:00:00+01:00", "24h")', '"2022-12-31T01:00:00+01:00"'],
      ['timeadd("2022-12-30T00:00:00Z", "1.5h")', '"2022-12-30T01:30:00Z"'],
      ['timeadd("2022-12-30T00:00:00Z", "0")', '"2022-12-30T00:00:00Z"'],
      ['timeadd("2022-12-30T00:00:00.6Z", "400ms")', '"2022-12-30T00:00:01Z"'],
      ['timeadd("2022-12-30T00:00:00Z", "-1ns")', '"2022-12-29T23:59:59Z"'],
      ['timeadd("2022-12-30T00:00:00Z", "+1000000us1000ms.5s")', '"2022-12-30T00:00:02Z"'],
    ],
    bad: [
      ['timeadd("2022-12-30T00:00:00Z", "1d")', 'timeadd: "1d" is not a duration'],
      ['timeadd("2022-12-30T00:00:00Z", "")', "is not a duration"],
      ['timeadd("2022-12-30T00:00:00Z", "5")', "is not a duration"],
      ['timeadd("2022-12-30T00:00:00Z", ".s")', "is not a duration"],
      ['timeadd("2022-12-30T00:00:00Z", "1h ")', "is not a duration"],
      ['timeadd("2022-12-30T00:00:00Z", "9999999h")', "is not a duration"],
      ['timeadd("yesterday", "1h")', "is not an RFC 3339 timestamp"],
      ['timeadd("9999-12-31T23:59:59Z", "1s")', "outside of the years"],
    ],
  },
  unixtimestampparse: {
    good: [
      [
        "unixtimestampparse(1712345678)",
        '{"day":5,"hour":19,"iso_week":14,"iso_year":2024,"minute":34,"month":4,"month_name":"April","rfc3339":"2024-04-05T19:34:38Z","second":38,"weekday":5,"weekday_name":"Friday","year":2024,"year_day":96}',
      ],
      ["unixtimestampparse(1609459200).iso_year", "2020"],
      ["unixtimestampparse(1609459200).iso_week", "53"],
      ["unixtimestampparse(-1).rfc3339", '"1969-12-31T23:59:59Z"'],
    ],
    bad: [
      ["unixtimestampparse(0.5)", "must be a whole number (an integer) of seconds"],
      ["unixtimestampparse(1e15)", "outside of the years"],
    ],
  },
};
