/** Generated activity: one bucket's events, oldest first, one at a time, the same ones every time. */
import type { JsonObject } from '../../../domain/data.ts';

/** Times in µs since 1970 and lengths in µs, as numbers: safe until the year 2255, and much faster than BigInt. */
export type Activity = { readonly startUs: number; readonly durationUs: number; readonly data: JsonObject };

/** What one bucket's activity is like. */
export type Shape = {
  readonly seed: number;
  /** Events of a day (from 0), which lie within ten hours. */
  readonly perDay: (day: number) => number;
  /**
   * How many distinct data a month has, and how many of those no month before had. Within a month some are much more
   * frequent than others.
   */
  readonly pool: { readonly size: number; readonly fresh: number };
  /** The data of this number. The same number is always the same data. */
  readonly data: (number: number) => JsonObject;
  /** The share of events without duration, as a single heartbeat leaves behind. */
  readonly instant: number;
  /** The share of events that start when the one before them did. */
  readonly twins: number;
};

/** Midnight of the first day, in µs since 1970: 2024-01-01. */
export const FIRST_DAY_US = 1_704_067_200_000_000;
export const DAY_US = 86_400_000_000;
const MORNING_US = 28_800_000_000;
const WORKDAY_US = 36_000_000_000;
const MONTH_DAYS = 30;

/** Pseudo-random numbers, 0 ≤ n < 1 (Marsaglia's xorshift of 32 bits): two runs must not differ by chance. */
export const makeChance = (seed: number): (() => number) => {
  let state = Math.imul(seed, 2_654_435_761) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
};

/** By multiplying: engines differ in the last bits of `**`. */
const power = (base: number, times: number): number => (times === 1 ? base : base * power(base, times - 1));

/** The first `count` events of a shape, of which fewer are always the beginning of more. */
export function* activity(shape: Shape, count: number, fromUs = FIRST_DAY_US): Generator<Activity> {
  const chance = makeChance(shape.seed);
  for (let day = 0, told = 0; told < count; day++) {
    const perDay = shape.perDay(day);
    const mean = WORKDAY_US / perDay;
    const first = Math.floor(day / MONTH_DAYS) * shape.pool.fresh;
    let at = fromUs + day * DAY_US + MORNING_US;
    let next = at;
    for (let i = 0; i < perDay && told < count; i++, told++) {
      if (i === 0 || chance() >= shape.twins) at = next;
      const durationUs = chance() < shape.instant ? 0 : 1 + Math.floor(chance() * chance() * mean * 3.4);
      yield { startUs: at, durationUs, data: shape.data(first + Math.floor(power(chance(), 3) * shape.pool.size)) };
      // Most gaps are short, as between two heartbeats, and none is nothing: twins are those that were meant.
      next = Math.max(next, at + durationUs) + 1 + Math.floor(power(chance(), 4) * 0.6 * mean);
    }
  }
}
