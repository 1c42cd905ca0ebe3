/** Moments with a UTC offset, in the proleptic Gregorian calendar. */

export interface Moment {
  /** Seconds since 1970-01-01T00:00:00Z, whole. */
  readonly seconds: number;
  readonly nanoseconds: number;
  /** Of the place whose clock shows it; east is positive. */
  readonly offsetMinutes: number;
}

/** What calendar and clock show. */
export interface Fields {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** 1 is January 1st. */
  readonly yearDay: number;
}

const secondsPerDay = 86_400;

export function fieldsOf({ seconds, offsetMinutes }: Moment): Fields {
  const local = seconds + offsetMinutes * 60;
  const days = Math.floor(local / secondsPerDay);
  const time = local - days * secondsPerDay;
  const { year, month, day } = dateOf(days);
  return {
    year,
    month,
    day,
    hour: Math.floor(time / 3600),
    minute: Math.floor(time / 60) % 60,
    second: time % 60,
    weekday: (((days + 4) % 7) + 7) % 7,
    yearDay: days - daysUntil(year, 1, 1) + 1,
  };
}

/** Days from 1970-01-01 to a date. */
export function daysUntil(year: number, month: number, day: number): number {
  // Years that begin in March have their leap day at the end.
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Year and number of the ISO 8601 week: the one that holds its Thursday. */
export function isoWeekOf(fields: Fields): { readonly year: number; readonly week: number } {
  const thursday = daysUntil(fields.year, fields.month, fields.day) - ((fields.weekday + 6) % 7) + 3;
  const { year } = dateOf(thursday);
  return { year, week: Math.floor((thursday - daysUntil(year, 1, 1)) / 7) + 1 };
}

function dateOf(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}
