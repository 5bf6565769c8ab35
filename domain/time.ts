/**
 * Times are integer microseconds since 1970 (UTC), durations integer nanoseconds, both bigint: a JavaScript Date has
 * only milliseconds, and a double is not exact over the whole range aw-server can store. ISO text exists only in the
 * APIs.
 */
import { formatDay } from './day.ts';
import { parsePlainTime } from './plain-time.ts';

/** Microseconds since 1970-01-01T00:00:00Z. */
export type Micros = bigint;
/** A span in nanoseconds. */
export type Nanos = bigint;

/**
 * aw-server-rust stores signed 64-bit nanoseconds (1677-09-21 … 2262-04-11); times outside are refused
 * (spec/rest DEV-3).
 */
export const MIN_US: Micros = -9223372036854775n;
export const MAX_US: Micros = 9223372036854775n;
const MIN_NS: Nanos = -(2n ** 63n);
const MAX_NS: Nanos = 2n ** 63n - 1n;

/** Whole quotient, rounded down, before 1970 too (bigint's own `/` rounds towards zero). */
export const floorDiv = (value: bigint, by: bigint): bigint => {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
};

/** The one place that drops what is finer than a microsecond: rounded down, never to the nearest. */
export const nanosToMicros = (ns: Nanos): Micros => floorDiv(ns, 1000n);

export const isTimeInRange = (us: Micros): boolean => us >= MIN_US && us <= MAX_US;
export const isNanosInRange = (ns: Nanos): boolean => ns >= MIN_NS && ns <= MAX_NS;

/** Whether a date exists in the calendar; months count from 1. */
const isDate = (year: number, month: number, day: number): boolean =>
  month >= 1 && month <= 12 && day >= 1 && (day <= 28 || day <= new Date(Date.UTC(year, month, 0)).getUTCDate());

const STRICT = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:([Zz])|([+-])(\d\d):(\d\d))$/;
const DATE = /(\d{4})-(\d{1,2})-(\d{1,2})/.source;
const CLOCK = /(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d+))?/.source;
const ZONE = /(?:([Zz]|UTC)|([+\-\u2212])(\d\d):?(\d\d))/.source;
/** No two groups may match the same blanks: a text of a million characters takes a million steps, not their square. */
const OPEN = new RegExp(`^\\s*${DATE}(?:(?:\\s*[Tt]\\s*|\\s+)${CLOCK}(?:\\s*${ZONE})?)?\\s*$`);

const parseWith = (pattern: RegExp, text: string): Micros | null => microsOf(pattern.exec(text));

const microsOf = (match: RegExpExecArray | null): Micros | null => {
  if (!match) return null;
  const [, y, mo, d, h = '0', mi = '0', s = '0', fraction = '', , sign, oh, om] = match;
  const [year, month, day, hour, minute, second] = [y, mo, d, h, mi, s].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // Date.UTC reads years below 100 as 19xx. No aw-server can store such a time.
  if (year < 100 || !isDate(year, month, day)) return null;
  // A leap second (:60) is read as the second after, as aw-server-rust does.
  if (hour > 23 || minute > 59 || second > 60) return null;
  let offset = 0; // in minutes
  if (sign !== undefined) {
    if (Number(oh) > 23 || Number(om) > 59) return null;
    offset = (Number(oh) * 60 + Number(om)) * (sign === '+' ? 1 : -1);
  }
  const ms = Date.UTC(year, month - 1, day, hour, minute - offset, second);
  const micros = Number(fraction.slice(0, 6).padEnd(6, '0'));
  return BigInt(ms) * 1000n + BigInt(micros);
};

/** RFC 3339 with its offset, nothing looser. Null if it is not, or is outside the range aw-server can store. */
export const parseStrictTime = (text: string): Micros | null => inRange(parseWith(STRICT, text));

/** Set if a time had no zone, and was read as UTC. */
export type ZoneNote = { assumed: boolean };

/** Does a time that matches OPEN have a zone? */
const hasZone = (match: RegExpExecArray): boolean => match[8] !== undefined || match[9] !== undefined;

/**
 * A timestamp as people and scripts of aw-server's world write it (spec/rest DEV-19): everything aw-server-rust accepts
 * in a JSON body (spec/rest 1.4), and more: unpadded minutes and seconds, a date alone, which means its midnight, and
 * no zone, which means UTC and is noted. Null as above.
 */
export const parseOpenTime = (text: string, zones?: ZoneNote): Micros | null => {
  const plain = parsePlainTime(text);
  if (plain !== null) return BigInt(plain);
  const match = OPEN.exec(text);
  const us = inRange(microsOf(match));
  if (us !== null && zones && !hasZone(match!)) zones.assumed = true;
  return us;
};

/** The same, but with a required zone: for places where nobody could be told that one was assumed. */
export const parseLenientTime = (text: string): Micros | null => {
  const match = OPEN.exec(text);
  return match && hasZone(match) ? inRange(microsOf(match)) : null;
};

/** Such a time in RFC 3339, with the offset it was given in; null if it is not one. */
export const strictForm = (text: string): string | null => {
  const match = OPEN.exec(text);
  if (!match) return null;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction, , sign, oh, om] = match;
  const [mo, d, h, mi, s] = [month, day, hour, minute, second].map((digits) => digits!.padStart(2, '0'));
  const offset = sign === undefined ? 'Z' : `${sign === '+' ? '+' : '-'}${oh}:${om}`;
  return `${year}-${mo}-${d}T${h}:${mi}:${s}${fraction === undefined ? '' : `.${fraction}`}${offset}`;
};

const inRange = (us: Micros | null): Micros | null => (us !== null && isTimeInRange(us) ? us : null);

/** RFC 3339 in UTC with `Z` and the shortest exact fraction of 0, 3 or 6 digits, as aw-server-rust prints it. */
export const formatTime = (us: Micros): string => {
  const seconds = floorDiv(us, 1_000_000n);
  return formatSeconds(Number(seconds), Number(us - seconds * 1_000_000n));
};

/** The same for a plain number of microseconds below 2^53: at half the cost, for answers of a million events. */
export const formatMicros = (us: number): string => {
  const rest = us % 1_000_000;
  const micros = rest < 0 ? rest + 1_000_000 : rest;
  return formatSeconds((us - micros) / 1_000_000, micros);
};

/** From whole seconds, and the microseconds below one. */
const formatSeconds = (seconds: number, micros: number): string => {
  const days = Math.floor(seconds / 86400);
  const secondOfDay = seconds - days * 86400;
  const clock = [Math.floor(secondOfDay / 3600), Math.floor(secondOfDay / 60) % 60, secondOfDay % 60]
    .map(two)
    .join(':');
  const fraction =
    micros === 0
      ? ''
      : micros % 1000 === 0
        ? `.${String(micros / 1000).padStart(3, '0')}`
        : `.${String(micros).padStart(6, '0')}`;
  return `${dateOf(days)}T${clock}${fraction}Z`;
};

const two = (number: number): string => (number < 10 ? `0${number}` : `${number}`);

/**
 * The last day written: events come in order of days. With it a time takes 0.8 µs (calendar arithmetic of our own: 2.2
 * µs), and without it twice that, because `toISOString` takes longer than all the rest (Node 20.20).
 */
let written = { days: 0, text: '1970-01-01' };

const dateOf = (days: number): string => {
  if (days !== written.days) written = { days, text: formatDay(days) };
  return written.text;
};

/**
 * Float seconds to nanoseconds, rounded to the nearest (aw-server truncates: 8.2 would come back as 8.199999999). Null
 * if not finite or out of range.
 */
export const secondsToNanos = (seconds: number): Nanos | null => {
  const rounded = Math.round(seconds * 1e9);
  return rounded >= -(2 ** 63) && rounded < 2 ** 63 ? BigInt(rounded) : null;
};

/** Nanoseconds as float seconds, the unit of `duration` on the wire. */
export const nanosToSeconds = (ns: Nanos): number => Number(ns) / 1e9;
