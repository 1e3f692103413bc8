// Dates and date-times of RFC 3339 as evidence: what is one, and which of two is later, to the last digit.

/** Minutes since 1970 in UTC, the second in that minute (60 is a leap second), and the digits behind its point. */
export interface Moment {
  readonly minute: number;
  readonly second: number;
  readonly fraction: string;
}

const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
/** RFC 3339, section 5.6, with the ranges of 5.7; only the day and the leap second are left to look at. */
const DATE_TIME =
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$/;
const MONTHS: readonly number[] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Days before each month of a year that is no leap year. */
const BEFORE: readonly number[] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/** Whether `text` is a full-date of RFC 3339 that exists in the Gregorian calendar: 2024-02-29, and never 2024-2-9. */
export function isDate(text: string): boolean {
  return DATE.test(text) && dayOf(text) !== undefined;
}

/**
 * The moment of a date-time of RFC 3339, section 5.6: `t` and `z` may be lower-case, the offset is needed (-00:00 is UTC),
 * a space does not stand for T. A leap second is taken where section 5.7 puts them: at 23:59:60 UTC at the end of June or
 * December, of any year, since which years had one is not known for the future. It lies between 23:59:59 and 00:00:00.
 */
export function momentOf(text: string): Moment | undefined {
  if (!DATE_TIME.test(text)) return undefined;
  const day = dayOf(text);
  if (day === undefined) return undefined;
  const end = zoneOf(text);
  const minute = day * 1440 + minutesAt(text, 11) - offsetAt(text, end);
  const second = twoAt(text, 17);
  if (second === 60 && !endsHalfYear(minute)) return undefined;
  return { minute, second, fraction: text.slice(20, end) };
}

/** Negative, 0 or positive, as `a` is before, at or after `b`. */
export function compareMoments(a: Moment, b: Moment): number {
  if (a.minute !== b.minute) return a.minute - b.minute;
  if (a.second !== b.second) return a.second - b.second;
  const length = Math.max(a.fraction.length, b.fraction.length);
  const [left, right] = [a.fraction.padEnd(length, "0"), b.fraction.padEnd(length, "0")];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

// The form was looked at before, so every field stands in its place. Read by column, because groups of a match are texts,
// and making numbers of them costs more than the match: gates ask for the same instants again and again.

function twoAt(text: string, at: number): number {
  return text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - ZERO * 11;
}

const ZERO = 48;

/** Of `hh:mm`. */
function minutesAt(text: string, at: number): number {
  return twoAt(text, at) * 60 + twoAt(text, at + 3);
}

/** Where `Z` or the offset begins. */
function zoneOf(text: string): number {
  const last = text.charCodeAt(text.length - 1);
  // A letter stands behind all digits.
  return last <= ZERO + 9 ? text.length - 6 : text.length - 1;
}

function offsetAt(text: string, at: number): number {
  if (at === text.length - 1) return 0;
  return text.charAt(at) === "-" ? -minutesAt(text, at + 1) : minutesAt(text, at + 1);
}

/**
 * Days since 1970-01-01 of the full-date that `text` begins with; undefined where the calendar has no such day. Date.UTC is
 * no help: it takes the years 0 to 99 for 1900 to 1999.
 */
function dayOf(text: string): number | undefined {
  const [year, month, day] = [twoAt(text, 0) * 100 + twoAt(text, 2), twoAt(text, 5), twoAt(text, 8)];
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const length = month === 2 && leap ? 29 : (MONTHS[month - 1] ?? 0);
  if (day < 1 || day > length) return undefined;
  const before = (BEFORE[month - 1] ?? 0) + (leap && month > 2 ? 1 : 0);
  return daysBefore(year) - EPOCH + before + day - 1;
}

/** Days from the first of January of the year 0 to that of `year`. */
function daysBefore(year: number): number {
  const past = year - 1;
  const leaps = Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400);
  return year * 365 + leaps;
}

const EPOCH = daysBefore(1970);

/** Whether the minute is the last of a June or December, UTC. */
function endsHalfYear(minute: number): boolean {
  const next = new Date((minute + 1) * 60_000).toISOString();
  return /-(?:01|07)-01T00:00:/.test(next);
}
