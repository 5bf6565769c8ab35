/**
 * What a pass notes of the walk through all that is compared (spec/sync 4.4), while it goes on. Pure: `next` is what is
 * kept of it.
 */
import type { StretchEnd } from './compare-stretch.ts';
import type { Round, Walked } from './round.ts';

/** Days that were looked at for nothing and are remembered: what one side alone can hold makes them differ for ever. */
const MOST_SETTLED = 500;
/** A round that began so long ago, or so far ahead, was timed by a clock that has been set since. */
const MOST_ROUND_MS = 7 * 86_400_000;

/**
 * How a pass ended, for the next to go on: events to be compared in all, ms spent reading, and whether it ran out of
 * time.
 */
export type PassEnd = { readonly total: number; readonly spentMs: number; readonly isStale: boolean };

/** Notes for a pass that began at `nowMs`; what is no longer compared (`isCompared`, by local id) is forgotten. */
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
  /** Events read in all, and those of them that the walk read: the newest days bring it no nearer to its end. */
  let read = 0;
  let walkRead = 0;
  const keyOf = (localId: string, day: number): string => `${localId} ${day}`;

  return {
    /** Was this day looked at, for nothing, when both sides held the same as now (`what`)? */
    isSettled: (localId: string, day: number, what: string): boolean => settled.get(keyOf(localId, day)) === what,
    settle(localId: string, day: number, what: string): void {
      settled.delete(keyOf(localId, day)); // the newest are last, and stay
      settled.set(keyOf(localId, day), what);
    },

    /** This many events were read. */
    reads: (events: number): void => void (read += events),

    /** The time for newest days ended before this bucket; the next pass begins with it. */
    leaveNewest: (localId: string): void => void (recentAt ??= localId),

    /** The walk begins with this bucket, or goes on in it. */
    enter(localId: string, isAnew: boolean): void {
      const state = walked[localId];
      if (isAnew) walked[localId] = { fromMs: nowMs, wholeMs: state?.wholeMs ?? null, torn: false };
      else if (!state) walked[localId] = { fromMs: nowMs, wholeMs: null, torn: true };
    },
    /** It came through a part of so many events: however slow all is, a pass does that once. */
    goFurther(events: number): void {
      isFurther = true;
      walkRead += events;
    },
    get isFurther() {
      return isFurther;
    },
    /** It passed over something that could not be compared. */
    tear(localId: string): void {
      const state = walked[localId] ?? { fromMs: nowMs, wholeMs: null };
      walked[localId] = { ...state, torn: true };
    },
    /** It came to the end of this bucket. */
    leave(localId: string): void {
      const { fromMs, wholeMs, torn } = walked[localId]!;
      walked[localId] = { fromMs, torn, wholeMs: torn ? wholeMs : fromMs };
    },
    /** It goes no further in this pass: the next goes on below this day (null: with the newest). */
    stopAt(localId: string, day: number | null): void {
      at = { localId, before: day };
      isStopped = true;
    },
    get isStopped() {
      return isStopped;
    },

    /** All of this bucket was read with its newest days: the walk need not. */
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

    /** A whole proof found it equal: it needs no more of this round. */
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
