import { DAY_MS } from '../day.ts';
import { KtError } from '../errors.ts';
import { SLOT_MS, SLOTS } from './slots.ts';

/** How a person counts days: by the zone, from a time of day on; weeks begin with a weekday (0: Sunday). */
export type Calendar = { readonly zone: string; readonly startOfDayMs: number; readonly startOfWeek: number };

export const GRAINS = ['HOUR', 'DAY', 'WEEK', 'MONTH', 'YEAR', 'NONE'] as const;
export type Grain = (typeof GRAINS)[number];

/** A stretch of time, from its first slot (quarters of an hour since 1970) to the next one's, and its first day. */
type Stretch = { readonly start: number; readonly day: number };

/**
 * The days from `first` to `last` (numbers of days in the calendar, both included) cut into stretches: they begin at
 * slot `start`, and end before `end`. `stretchOf[slot - start]` is the place of a slot's stretch in `stretches`.
 */
export type Cut = {
  readonly start: number;
  readonly end: number;
  readonly stretches: readonly Stretch[];
  readonly stretchOf: Int32Array;
};

/** Fails with `invalid` for a zone that is not known. */
export const cutDays = (calendar: Calendar, grain: Grain, first: number, last: number): Cut => {
  const { offsetAt, around } = offsetsOf(calendar.zone);
  const starts = Array.from({ length: last - first + 2 }, (_, i) => startOfDay(calendar, offsetAt, around, first + i));
  const [start, end] = [starts[0]!, starts.at(-1)!];
  const stretches: Stretch[] = [];
  for (let i = 0; i + 1 < starts.length; i++) {
    const day = first + i;
    if (grain === 'HOUR') stretches.push(...hoursOf(offsetAt, day, starts[i]!, starts[i + 1]!));
    else if (i === 0 || (grain !== 'NONE' && isFirst(day, grain, calendar))) stretches.push({ start: starts[i]!, day });
  }
  const stretchOf = new Int32Array(end - start);
  for (const [place, { start: from }] of stretches.entries())
    stretchOf.fill(place, from - start, (stretches[place + 1]?.start ?? end) - start);
  return { start, end, stretches, stretchOf };
};

/** The day of the calendar that a time (ms since 1970) is in. Fails with `invalid` for a zone that is not known. */
export const dayAt = (calendar: Calendar, ms: number): number => {
  const utc = Math.floor(ms / DAY_MS);
  // Days begin within a day and a half of their number's day in UTC, whatever the zone and the start of the day.
  const { stretches } = cutDays(calendar, 'DAY', utc - 2, utc + 1);
  return stretches.findLast(({ start }) => start * SLOT_MS <= ms)!.day;
};

/** Whether a week, a month, a year or a day begins with this day. */
const isFirst = (day: number, grain: Grain, { startOfWeek }: Calendar): boolean => {
  const date = new Date(day * DAY_MS);
  if (grain === 'WEEK') return date.getUTCDay() === startOfWeek;
  if (grain === 'MONTH') return date.getUTCDate() === 1;
  return grain === 'DAY' || (date.getUTCDate() === 1 && date.getUTCMonth() === 0);
};

/** Hours by the clock on the wall: one that it shows twice is two. */
const hoursOf = (offsetAt: Offsets, day: number, from: number, to: number): Stretch[] => {
  const hours: Stretch[] = [];
  const sameAllDay = offsetAt(from * SLOT_MS) === offsetAt(to * SLOT_MS) ? offsetAt(from * SLOT_MS) : null;
  let last: number | null = null;
  for (let slot = from; slot < to; slot++) {
    const offset = sameAllDay ?? offsetAt(slot * SLOT_MS);
    const minutes = Math.floor((slot * SLOT_MS + offset) / 60_000);
    if (slot === from || offset !== last || minutes % 60 === 0) hours.push({ start: slot, day });
    last = offset;
  }
  return hours;
};

/**
 * The slot in which a day begins. Where the clock jumps over that time, it is as much later. `around`: the zone's
 * offset at the beginning of a UTC day.
 */
const startOfDay = ({ startOfDayMs }: Calendar, offsetAt: Offsets, around: Offsets, day: number): number => {
  const wall = day * DAY_MS + startOfDayMs;
  const before = wall - around(day - 1);
  const after = wall - around(day + 2);
  // The earlier one, if the clock shows that time twice; the offset before the jump, if it never does.
  const found = before === after ? [before] : [before, after].filter((ms) => ms + offsetAt(ms) === wall);
  return Math.floor((found.length > 0 ? Math.min(...found) : before) / SLOT_MS);
};

/** A zone's offset at a time, and at the beginning of a UTC day. */
type Zone = { readonly offsetAt: Offsets; readonly around: Offsets };

/** What is remembered of zones: a zone's formatter takes some 50 kB, and to ask it 5 to 20 µs, thrice a day. */
const [MOST_ZONES, MOST_DAYS] = [20, 20_000];
const zones = new Map<string, Zone>();

const offsetsOf = (zone: string): Zone => {
  const known = zones.get(zone);
  if (known) return known;
  const offsetAt = makeOffsets(zone);
  const days = new Map<number, number>();
  const around = (day: number): number => {
    const found = days.get(day) ?? offsetAt(day * DAY_MS);
    if (days.size >= MOST_DAYS) days.clear();
    days.set(day, found);
    return found;
  };
  if (zones.size >= MOST_ZONES) zones.clear();
  zones.set(zone, { offsetAt, around });
  return { offsetAt, around };
};

/** How far the clocks of a zone are ahead of UTC, in ms, at a time (ms since 1970, or days where it says so). */
type Offsets = (ms: number) => number;

const makeOffsets = (zone: string): Offsets => {
  const format = formatOf(zone);
  return (ms) => {
    const text = format.formatToParts(ms).find(({ type }) => type === 'timeZoneName')!.value;
    const [, sign, hours, minutes, seconds = '0'] = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text)!;
    if (sign === undefined) return 0;
    const ahead = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
    return sign === '+' ? ahead : -ahead;
  };
};

const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  } catch {
    throw new KtError('invalid', `${JSON.stringify(timeZone)} is no time zone: give a name like "Europe/Berlin"`);
  }
};

/** The first and the last UTC day that a stretch of slots touches. */
export const utcDays = ({ start, end }: Pick<Cut, 'start' | 'end'>): readonly [first: number, last: number] => [
  Math.floor(start / SLOTS),
  Math.floor((end - 1) / SLOTS),
];
