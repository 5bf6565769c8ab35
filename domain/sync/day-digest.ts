/** UTC days, by which the two sides compare what they hold (spec/sync 4.1). A day is its number since 1970-01-01. */
import { DAY_US } from '../day.ts';
import { instantOf, type Event } from '../event.ts';
import { floorDiv, MAX_US, MIN_US, type Micros } from '../time.ts';

const dayAt = (us: Micros): number => Number(floorDiv(us, DAY_US));

/** The days that an event can be on: 1677-09-21 to 2262-04-11. */
export const FIRST_DAY = dayAt(MIN_US);
export const LAST_DAY = dayAt(MAX_US);

/** The day of an instant in ms. */
export const dayOfInstant = (atMs: bigint): number => dayAt(atMs * 1000n);

/** The day of an event's instant: in doubles, where they are exact, since a proof asks it of every event. */
export const dayOf = (event: Event): number => {
  const us = Number(event.startUs);
  return us >= 0 && us <= Number.MAX_SAFE_INTEGER ? dayOfMicros(us) : dayOfInstant(instantOf(event));
};

/** The day of a time in µs since 1970, not before it, and exact as a double. */
export const dayOfMicros = (us: number): number => (us - (us % DAY)) / DAY;

const DAY = Number(DAY_US);

/** The first µs of a day, and of the next; `toUs` is undefined if that is out of range. */
export const daySpan = (day: number): { fromUs: Micros; toUs: Micros | undefined } => {
  const fromUs = BigInt(day) * DAY_US;
  const toUs = fromUs + DAY_US;
  return { fromUs, toUs: toUs > MAX_US ? undefined : toUs };
};

/**
 * What a bucket holds for one day: how many events start on it and the exact sum of their content hashes (a sum, so
 * that equal events don't cancel out); for all rows, and for those with a source id.
 */
export type DayDigest = {
  readonly day: number;
  readonly events: number;
  readonly hash: bigint;
  readonly pushed: number;
  readonly pushedHash: bigint;
};

/** Most source ids, or instants, of a day in one answer. */
export const DAY_PAGE = 5_000;
