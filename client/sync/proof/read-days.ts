/** Reads a stretch of days of a local bucket, newest first, as far as the time of the pass allows. */
import { contentHash } from '../../../domain/sync/content-hash.ts';
import { durationUs, instantOf, type Event } from '../../../domain/event.ts';
import { dayOf, daySpan } from '../../../domain/sync/day-digest.ts';
import type { Moving } from '../../../domain/sync/parts.ts';
import type { Clock, DaySums, Local } from '../ports.ts';
import { walk } from '../push/walk.ts';

/** Measures time spent reading locally. */
export type Stopwatch = { readonly spentMs: number; run<T>(work: () => Promise<T>): Promise<T> };

export const makeStopwatch = ({ nowUs }: Clock): Stopwatch => {
  let spentUs = 0n;
  return {
    get spentMs() {
      return Number(spentUs) / 1000;
    },
    async run(work) {
      const beganUs = nowUs();
      try {
        return await work();
      } finally {
        const tookUs = nowUs() - beganUs;
        if (tookUs > 0n) spentUs += tookUs; // negative if the clock was set back: then the time is unknown
      }
    },
  };
};

/** Events per read: time is checked only between pages. */
const MOST_IN_A_PAGE = 2000;

/** The days from `from` (null: the first) up to but not including `before` (null: to the last). */
export type Stretch = { readonly from: number | null; readonly before: number | null };

export type DaysRead = {
  /** All days from this one on were read; null: all there are. */
  readonly from: number | null;
  readonly sums: DaySums;
  readonly read: number;
};

const isStill = (event: Event, { fromUs, toUs }: Moving): boolean => {
  const endUs = instantOf(event) * 1000n + durationUs(event);
  return !(endUs > fromUs && endUs < toUs);
};

/**
 * Reads a stretch and sums up the events that are not moving; `there` is what the server holds of it. Stops early once
 * `isOver`: after a whole day if `mustCome`, else returning null. Fails as `local.events` does.
 */
export const readDays = async (
  local: Local,
  localId: string,
  { from, before }: Stretch,
  there: DaySums,
  moving: Moving,
  watch: Stopwatch,
  isOver: () => boolean,
  mustCome: boolean,
): Promise<DaysRead | null> => {
  const about = [...there.values()].reduce((sum, { events }) => sum + events, 0);
  const pageSize = Math.min(MOST_IN_A_PAGE, about + 50);
  const sums = new Map<number, { events: number; hash: bigint }>();
  const pages = walk(local, localId, {
    before: before === null ? undefined : daySpan(before).fromUs,
    pageSize,
    ahead: false,
  });
  let read = 0;
  let oldest: number | null = null;
  for (;;) {
    const next = await watch.run(() => pages.next());
    if (next.done) break;
    const { events, last } = next.value;
    read += events.length;
    for (const event of events) {
      const day = dayOf(event);
      oldest = oldest === null || day < oldest ? day : oldest;
      if (!isStill(event, moving) || (from !== null && day < from)) continue;
      const sum = sums.get(day) ?? { events: 0, hash: 0n };
      sums.set(day, { events: sum.events + 1, hash: sum.hash + contentHash(event) });
    }
    if (last) return { from, sums, read };
    if (oldest !== null && from !== null && oldest < from) return { from, sums, read };
    if (!isOver()) continue;
    // The oldest day may continue on the next page; the newer ones are complete.
    const whole = oldest === null ? null : oldest + 1;
    if (
      whole !== null &&
      (before === null ? [...sums.keys(), ...there.keys()].some((day) => day >= whole) : whole < before)
    ) {
      sums.delete(oldest!);
      return mustCome ? { from: whole, sums, read } : null;
    }
    if (!mustCome) return null;
  }
  return { from, sums, read };
};

/** The days of a stretch on which the two sides differ, newest first. */
export const differing = (here: DaySums, there: DaySums, { from, before }: Stretch): number[] => {
  const within = (day: number) => (from === null || day >= from) && (before === null || day < before);
  const differs = (day: number) =>
    here.get(day)?.events !== there.get(day)?.events || here.get(day)?.hash !== there.get(day)?.hash;
  const isNothing = (day: number) => (here.get(day)?.events ?? 0) === 0 && (there.get(day)?.events ?? 0) === 0;
  return [...new Set([...here.keys(), ...there.keys()])]
    .filter((day) => within(day) && differs(day) && !isNothing(day))
    .sort((a, b) => b - a);
};
