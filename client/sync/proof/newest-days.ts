/** Proves the newest days of every bucket, in each whole pass (spec/sync 4.4). */
import type { DaySums } from '../ports.ts';
import { attempt, compareStretch, type PartsRun, type Work } from './compare-stretch.ts';

/** A bucket of up to this many events is read at once. */
const SMALL = 500;

/**
 * All of a bucket, if it is small and the walk would read it in this pass anyway: then its newest days need no read of
 * their own.
 */
const smallSpan = ({ walk, before: { at } }: PartsRun, { target, part: { span } }: Work): DaySums | null => {
  const isBegun = at?.localId === target.localId && at.before !== null;
  if (!walk.includes(target) || span?.from !== null || isBegun) return null;
  const events = [...span.sums.values()].reduce((sum, day) => sum + day.events, 0);
  return events <= SMALL ? span.sums : null;
};

/** Begins with the bucket that the last pass did not reach, and wraps around. */
const inTurn = (works: readonly Work[], firstId: string | null): readonly Work[] => {
  const first = Math.max(
    0,
    works.findIndex(({ target }) => target.localId === firstId),
  );
  return [...works.slice(first), ...works.slice(0, first)];
};

/**
 * Proves the newest days of some buckets, and small ones whole. Adds to `wants` the buckets that need a whole proof.
 */
export const proveNewestDays = async (run: PartsRun, works: readonly Work[], wants: Set<string>): Promise<void> => {
  const { asked, watch, notes } = run;
  const untilMs = watch.spentMs + run.budget.newestMs;
  for (const work of inTurn(works, run.before.recentAt)) {
    const { localId } = work.target;
    if (watch.spentMs >= untilMs) return notes.leaveNewest(localId);
    const small = smallSpan(run, work);
    const there = small ?? work.part.recent;
    if (there === null) continue;
    await attempt(run, work, async () => {
      const stretch = { from: small ? null : asked.since, before: null };
      const end = await compareStretch(run, work, stretch, there, { untilMs, mustCome: false, wants });
      if (end === null) notes.leaveNewest(localId);
      else if (small) notes.readAll(localId, end);
      else if (!end.clean) notes.tear(localId);
    });
  }
};
