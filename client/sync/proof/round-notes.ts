/** Records the progress of the walk during a pass (spec/sync 4.4). Pure: `next` returns what is kept. */
import { DAY_MS } from '../../../domain/day.ts';
import type { StretchEnd } from './compare-stretch.ts';
import type { Round, Walked } from './round.ts';

/**
 * How many days are remembered that differ and can't be repaired: what only one side can hold makes them differ for
 * ever.
 */
const MOST_SETTLED = 500;
/** A round that began longer ago than this, or as far ahead, was timed by a clock that has since been set. */
const MOST_ROUND_MS = 7 * DAY_MS;

/** How a pass ended: events to compare in a round, ms spent reading, and whether it ran out of time. */
export type PassEnd = { readonly total: number; readonly spentMs: number; readonly isStale: boolean };

/**
 * Notes for a pass that began at `nowMs`; buckets that are no longer compared (`isCompared`, by local id) are dropped.
 */
export const makeRoundNotes = (before: Round, nowMs: number, isCompared: (localId: string) => boolean) => {
  const walked: Record<string, Walked> = Object.fromEntries(
    Object.entries(before.walked).filter(([localId]) => isCompared(localId)),
  );
  const settled = new Map(Object.entries(before.settled));
  const done = new Set<string>();
  let at = before.at;
  let recentAt: string | null = null;
  let isStopped = false;
  let isFurther = false;
  /** Events read in total, and those that the walk read: the newest days don't bring the walk nearer to its end. */
  let read = 0;
  let walkRead = 0;
  const keyOf = (localId: string, day: number): string => `${localId} ${day}`;

  return {
    /** Was this day looked into, in vain, when both sides held the same as now (`what`)? */
    isSettled: (localId: string, day: number, what: string): boolean => settled.get(keyOf(localId, day)) === what,
    settle(localId: string, day: number, what: string): void {
      settled.delete(keyOf(localId, day)); // inserted again as the newest: the oldest are dropped first
      settled.set(keyOf(localId, day), what);
    },

    /** Counts events that were read. */
    reads: (events: number): void => void (read += events),

    /** The time for newest days ended before this bucket; the next pass begins with it. */
    leaveNewest: (localId: string): void => void (recentAt ??= localId),

    /** The walk begins this bucket, or continues in it. */
    enter(localId: string, isAnew: boolean): void {
      const state = walked[localId];
      if (isAnew) walked[localId] = { fromMs: nowMs, wholeMs: state?.wholeMs ?? null, torn: false };
      else if (!state) walked[localId] = { fromMs: nowMs, wholeMs: null, torn: true };
    },
    /** The walk got through a part with this many events: each pass does so at least once, however slow reading is. */
    goFurther(events: number): void {
      isFurther = true;
      walkRead += events;
    },
    get isFurther() {
      return isFurther;
    },
    /** The walk skipped something that could not be compared. */
    tear(localId: string): void {
      const state = walked[localId] ?? { fromMs: nowMs, wholeMs: null };
      walked[localId] = { ...state, torn: true };
    },
    /** The walk reached the end of this bucket. */
    leave(localId: string): void {
      const { fromMs, wholeMs, torn } = walked[localId]!;
      walked[localId] = { fromMs, torn, wholeMs: torn ? wholeMs : fromMs };
    },
    /** The walk stops here in this pass: the next continues below this day (null: with the newest). */
    stopAt(localId: string, day: number | null): void {
      at = { localId, before: day };
      isStopped = true;
    },
    get isStopped() {
      return isStopped;
    },

    /** All of this bucket was read along with its newest days: the walk can skip it. */
    readAll(localId: string, { clean, read: events }: StretchEnd): void {
      done.add(localId);
      walkRead += events;
      walked[localId] = {
        fromMs: nowMs,
        wholeMs: clean ? nowMs : (walked[localId]?.wholeMs ?? null),
        torn: !clean,
      };
    },
    isDone: (localId: string): boolean => done.has(localId),

    /** A whole proof found it equal: this round is done with it. */
    whole: (localId: string): void => void (walked[localId] = { fromMs: nowMs, wholeMs: nowMs, torn: false }),

    /** The round for the next pass. */
    next({ total, spentMs, isStale }: PassEnd): Round {
      const isOver = !isStopped && !isStale;
      const isAnew = isOver || Math.abs(nowMs - before.beganMs) > MOST_ROUND_MS;
      return {
        at: isOver ? null : at,
        beganMs: isAnew ? nowMs : before.beganMs,
        passMs: nowMs,
        total,
        read: isOver ? 0 : before.read + walkRead,
        msPerEvent: read === 0 || spentMs === 0 ? before.msPerEvent : spentMs / read,
        recentAt,
        walked,
        settled: Object.fromEntries([...settled].slice(-MOST_SETTLED)),
      };
    },
  };
};

export type RoundNotes = ReturnType<typeof makeRoundNotes>;
