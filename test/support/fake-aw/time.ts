/**
 * Time text as the two aw-servers parse and print it (spec/rest 1.4), in BigInt nanoseconds since 1970. Every reader
 * returns `null` for text its server refuses; what that means (400, 422, 500) is up to the caller.
 */

export const MICRO = 1_000n;
export const MILLI = 1_000_000n;
export const SECOND = 1_000_000_000n;
export const DAY = 86_400n * SECOND;

const I64_MIN = -(2n ** 63n);
const I64_MAX = 2n ** 63n - 1n;

/** [R] stores signed 64-bit nanoseconds, about 1677-09-21 to 2262-04-11 */
export const fitsI64 = (ns: bigint): boolean => ns >= I64_MIN && ns <= I64_MAX;

/** [P] works on Python's datetime: the years 1 to 9999 */
export const fitsPython = (ns: bigint): boolean => ns >= -62_135_596_800n * SECOND && ns < 253_402_300_800n * SECOND;

/** The largest multiple of `unit` that is not above `ns`; before 1970 too */
export const floorTo = (ns: bigint, unit: bigint): bigint => ns - (((ns % unit) + unit) % unit);

/** Query parameters of [R]: zero-padded RFC 3339, `T`, `t` or one blank, offset required. */
export function parseStrictRust(text: string): bigint | null {
  const m = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)$/.exec(text);
  return m && instant(m.slice(1, 7), m[7], m[8]);
}

/** JSON bodies of [R]: blanks, unpadded month, day and hour, `+HHMM`, `UTC` and U+2212 are tolerated. */
export function parseLenientRust(text: string): bigint | null {
  const clock = String.raw`(\d{1,2}):(\d\d):(\d\d)(?:\.(\d+))?`;
  const zone = String.raw`([Zz]|UTC|[+\-\u2212]\d\d:?\d\d)`;
  const m = new RegExp(String.raw`^\s*(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt]|\s+)${clock}\s*${zone}\s*$`).exec(text);
  return m && instant(m.slice(1, 7), m[7], m[8]?.replace('\u2212', '-'));
}

/** [P] reads with the iso8601 library: nearly anything, no offset is UTC, digits past the microsecond are dropped. */
export function parsePython(text: string): bigint | null {
  const date = String.raw`(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?`;
  const clock = String.raw`(\d{1,2})(?::?(\d{1,2})(?::?(\d{1,2})(?:[.,](\d+))?)?)?`;
  const m = new RegExp(String.raw`^${date}(?:[T ]${clock}\s*(Z|[+-]\d\d(?::?\d\d)?)?)?$`).exec(text);
  if (!m) return null;
  const [, year, month = '1', day = '1', hour = '0', minute = '0', second = '0', fraction, offset = 'Z'] = m;
  if (Number(second) > 59) return null; // Python knows no leap second
  const ns = instant([year ?? '', month, day, hour, minute, second], fraction?.slice(0, 6), offset);
  return ns !== null && fitsPython(ns) ? ns : null;
}

function instant(fields: string[], fraction: string | undefined, offset: string | undefined): bigint | null {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields.map(Number);
  // `:60` is accepted by [R] and re-read as the next second
  if (hour > 23 || minute > 59 || second > 60) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day); // Date.UTC would take the year 99 for 1999
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  const shift = offsetMinutes(offset ?? 'Z');
  if (shift === null) return null;
  const seconds = BigInt(date.getTime() / 1000 + hour * 3600 + minute * 60 + second - shift * 60);
  return seconds * SECOND + BigInt((fraction ?? '').slice(0, 9).padEnd(9, '0'));
}

function offsetMinutes(offset: string): number | null {
  const m = /^([+-])(\d\d):?(\d\d)?$/.exec(offset);
  if (!m) return 0; // Z, z, UTC
  const [hours, minutes] = [Number(m[2]), Number(m[3] ?? 0)];
  if (hours > 23 || minutes > 59) return null;
  return (m[1] === '-' ? -1 : 1) * (hours * 60 + minutes);
}

/** [R] prints `Z` and the shortest of 0, 3, 6 or 9 fractional digits that is exact. */
export function printRust(ns: bigint): string {
  const [seconds, fraction] = split(ns);
  if (fraction === 0n) return `${seconds}Z`;
  const digits = fraction % MILLI === 0n ? 3 : fraction % MICRO === 0n ? 6 : 9;
  return `${seconds}.${fraction.toString().padStart(9, '0').slice(0, digits)}Z`;
}

/** [P] prints `+00:00` and 0 or 6 fractional digits. */
export function printPython(ns: bigint): string {
  const [seconds, fraction] = split(ns);
  if (fraction < MICRO) return `${seconds}+00:00`;
  return `${seconds}.${fraction.toString().padStart(9, '0').slice(0, 6)}+00:00`;
}

function split(ns: bigint): [seconds: string, fraction: bigint] {
  const whole = floorTo(ns, SECOND);
  return [new Date(Number(whole / MILLI)).toISOString().slice(0, 19), ns - whole];
}

/** [R]: `(seconds * 1e9) as i64`, which truncates (8.2 becomes 8.199999999 s) and saturates. */
export const durationRust = (seconds: number): bigint => toI64(Math.trunc(seconds * 1e9));

/** [R] rounds the pulsetime, unlike durations (spec/rest 4). */
export const pulsetimeRust = (seconds: number): bigint => toI64(Math.round(seconds * 1e9));

function toI64(ns: number): bigint {
  if (Number.isNaN(ns)) return 0n;
  if (ns >= 2 ** 63) return I64_MAX;
  return ns <= -(2 ** 63) ? I64_MIN : BigInt(ns);
}

/** [P]: `timedelta(seconds=…)`, whole microseconds, half to even; `null` where Python raises OverflowError. */
export function durationPython(seconds: number): bigint | null {
  if (!Number.isFinite(seconds) || Math.abs(seconds) > 86_399_999_913_600) return null;
  const whole = Math.trunc(seconds);
  const micros = (seconds - whole) * 1e6;
  const down = Math.floor(micros);
  const rest = micros - down;
  const rounded = rest > 0.5 || (rest === 0.5 && down % 2 !== 0) ? down + 1 : down;
  return (BigInt(whole) * 1_000_000n + BigInt(rounded)) * MICRO;
}

export const secondsRust = (ns: bigint): number => Number(ns) / 1e9;
export const secondsPython = (ns: bigint): number => Number(ns / MICRO) / 1e6;
