/**
 * Reads a listing of events as both aw-servers print it, row by row from its bytes: nearly all rows have data that an
 * earlier one had too, and those are found by theirs instead of being parsed. JSON.parse makes some ten objects a
 * row, and collecting them was a third of the time that a proof took.
 */
import { jsonFault, type JsonObject } from '../../domain/data.ts';
import { parsePlainTime } from '../../domain/plain-time.ts';
import { markShared } from '../../domain/shared-data.ts';
import { MOST_EXACT } from '../../domain/sync/content-hash.ts';
import type { Rows } from '../../domain/sync/listed.ts';
import { secondsToNanos, type Nanos } from '../../domain/time.ts';
import { textOf } from '../http/send.ts';

/** What stands between the values of a listing. */
type Form = { readonly [Place in 'open' | 'timestamp' | 'duration' | 'data' | 'next']: string };

const form = (blank: string): Form => ({
  open: `[{"id":${blank}`,
  timestamp: `,${blank}"timestamp":${blank}"`,
  duration: `",${blank}"duration":${blank}`,
  data: `,${blank}"data":${blank}`,
  next: `}},${blank}{"id":${blank}`,
});
const RUST = form('');
const PYTHON = form(' ');
const END = '}}]';

/** Longer data are parsed each time: they are rarely the same. */
const LONGEST_KNOWN = 2_000;
/** Digits of a whole number that a double has exactly. */
const MOST_DIGITS = 15;
const [ZERO, NINE, POINT] = [0x30, 0x39, 0x2e];
/** What JSON may end with. */
const BLANKS = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** Where the digits that begin at `at` end. */
const afterDigits = (text: string, at: number): number => {
  let end = at;
  for (let code = text.charCodeAt(end); code >= ZERO && code <= NINE; code = text.charCodeAt(end)) end++;
  return end;
};

/** Where the number that begins at `at` ends, as JSON has it without sign and exponent; `at` if it is none. */
const afterNumber = (text: string, at: number): number => {
  const whole = afterDigits(text, at);
  if (whole === at || (text.charCodeAt(at) === ZERO && whole > at + 1)) return at;
  if (text.charCodeAt(whole) !== POINT) return whole;
  const end = afterDigits(text, whole + 1);
  return end === whole + 1 ? at : end;
};

/** A whole number of digits; exact up to `MOST_DIGITS` of them. */
const wholeOf = (text: string, from: number, to: number): number => {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + text.charCodeAt(at) - ZERO;
  return value;
};

/**
 * The number from `from` to `to` as seconds, in ns; NaN if there is none, or more of them than a double has exactly
 * (104 days). Up to six digits before the point and nine behind it are a whole number of ns.
 */
const nanosOf = (text: string, from: number, to: number): number => {
  if (to === from) return Number.NaN;
  const point = afterDigits(text, from);
  const decimals = Math.max(0, to - point - 1);
  if (point > from + 6 || decimals > 9) return exactNanos(secondsToNanos(Number(text.slice(from, to))));
  return wholeOf(text, from, point) * 1e9 + wholeOf(text, point + 1, to) * POWERS[9 - decimals]!;
};
const exactNanos = (nanos: Nanos | null): number => (nanos === null || nanos > MOST_EXACT ? Number.NaN : Number(nanos));
const POWERS = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/**
 * The data of a listing by their bytes, each distinct one parsed once: its place among those, or null for what is no
 * object of JSON, or can't be stored unchanged.
 */
const makePlaces = (bytes: Buffer) => {
  const known = new Map<string, number>();
  const isShared: boolean[] = [];
  const data: JsonObject[] = [];
  const placeOf = (text: string, from: number, to: number): number | null => {
    const piece = text.slice(from, to);
    const found = known.get(piece);
    if (found !== undefined) {
      if (!isShared[found]) markShared(data[found]!);
      isShared[found] = true;
      return found;
    }
    let parsed: JsonObject;
    try {
      parsed = JSON.parse(textOf(bytes.subarray(from, to))); // it begins with a brace, so that it is an object
    } catch {
      return null;
    }
    if (jsonFault(parsed) !== null) return null;
    const place = data.push(parsed) - 1;
    isShared.push(false);
    if (piece.length <= LONGEST_KNOWN) known.set(piece, place);
    return place;
  };
  return { data, placeOf };
};

/**
 * The events of a listing, which is read as the text of its bytes: what is not ASCII can only be within data, and only
 * those are decoded. Null where any of it has another form, which may be JSON all the same: then nothing is said of
 * it. The next row begins where `}},{"id":` comes next. Within a text that can't be, since its quotes would have
 * backslashes; and where it is between objects within the data, what precedes it is no JSON, because a whole object is
 * never the beginning of another one.
 */
export const usualRows = (bytes: Buffer): Rows | null => {
  let end = bytes.length;
  while (end > 0 && BLANKS.has(bytes[end - 1]!)) end--;
  const text = bytes.toString('latin1', 0, end);
  const { open, timestamp, duration, data, next } = text.startsWith(PYTHON.open) ? PYTHON : RUST;
  if (!text.startsWith(open) || !text.endsWith(END)) return null;
  const [ids, startsUs, durationsNs, dataIndex]: number[][] = [[], [], [], []];
  const places = makePlaces(bytes);
  for (let at = open.length; ; ) {
    const afterId = afterDigits(text, at);
    if (afterId === at || afterId > at + MOST_DIGITS || (afterId > at + 1 && text.charCodeAt(at) === ZERO)) return null;
    if (!text.startsWith(timestamp, afterId)) return null;
    const time = afterId + timestamp.length;
    const afterTime = text.indexOf('"', time);
    if (afterTime < 0 || !text.startsWith(duration, afterTime)) return null;
    const seconds = afterTime + duration.length;
    const afterSeconds = afterNumber(text, seconds);
    const object = afterSeconds + data.length;
    if (!text.startsWith(data, afterSeconds) || text[object] !== '{') return null;
    const other = text.indexOf(next, object);
    const afterObject = (other < 0 ? text.length - END.length : other) + 1;

    const startUs = parsePlainTime(text, time, afterTime);
    const durationNs = nanosOf(text, seconds, afterSeconds);
    if (startUs === null || Number.isNaN(durationNs)) return null;
    const place = places.placeOf(text, object, afterObject);
    if (place === null) return null;
    ids!.push(wholeOf(text, at, afterId));
    startsUs!.push(startUs);
    durationsNs!.push(durationNs);
    dataIndex!.push(place);
    if (other < 0)
      return { ids: ids!, startsUs: startsUs!, durationsNs: durationsNs!, dataIndex: dataIndex!, data: places.data };
    at = other + next.length;
  }
};
