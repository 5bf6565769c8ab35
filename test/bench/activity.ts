/** Generated activity with as many events and distinct data as real buckets (spec/product 8). The same every time. */
import type { JsonObject } from '../../domain/data.ts';
import type { Event } from '../../domain/event.ts';

/** Pseudo-random numbers in 0 … 1, always the same ones: two runs must not differ by chance. */
const makeChance = (seed = 1): (() => number) => {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
};

const DAY_US = 86_400_000_000n;
const FROM_US = 1_704_096_000_000_000n; // 2024-01-01T08:00:00Z

/**
 * The first `count` of some events, oldest first: `perDay` of them within ten hours of each day, with data from `pool`,
 * some of it much more frequent than the rest.
 */
export const someActivity = (
  count: number,
  { perDay, pool, seed = 1 }: { perDay: number; pool: readonly JsonObject[]; seed?: number },
): Event[] => {
  const chance = makeChance(seed);
  const mean = 36_000_000_000 / perDay;
  const events: Event[] = [];
  for (let day = 0n; events.length < count; day++) {
    let at = FROM_US + day * DAY_US;
    for (let i = 0; i < perDay && events.length < count; i++) {
      const length = BigInt(Math.floor(chance() * chance() * mean * 3.5));
      const place = Math.floor(chance() * chance() * chance() * pool.length);
      events.push({ startUs: at, durationNs: length * 1000n, data: pool[place]! });
      // Most gaps are short, as between two heartbeats.
      at += length + BigInt(Math.floor(chance() ** 4 * 0.6 * mean));
    }
  }
  return events;
};

/** 240 windows of 24 apps: a month has about 200 (spec/product 8). */
export const windows: readonly JsonObject[] = Array.from({ length: 240 }, (_, i) => ({
  app: `Application ${i % 24}`,
  title: `Document ${Math.floor(i / 24)} of a project with a longish name — Application ${i % 24}`,
}));
