/** The newest days of every bucket, which each whole pass compares (spec/sync 4.4). */
import type { DaySums } from '../ports.ts';
import { attempt, compareStretch, type PartsRun, type Work } from './compare-stretch.ts';

/** Of the budget: for the newest days of one kind of bucket. */
const NEWEST_SHARE = 0.25;
/** Events of a bucket that are read in one go. */
const SMALL = 500;

/**
 * All of a bucket, where the walk would read it in this pass and it is no more than a page: then its newest days need
 * no reading of their own.
 */
const smallSpan = ({ walk, before: { at } }: PartsRun, { target, part: { span } }: Work): DaySums | null => {
  const isBegun = at?.localId === target.localId && at.before !== null;
  if (!walk.includes(target) || span?.from !== null || isBegun) return null;
  const events = [...span.sums.values()].reduce((sum, day) => sum + day.events, 0);
  return events <= SMALL ? span.sums : null;
};

/** From the bucket on that the last pass did not come to, around to the one before it. */
const inTurn = (works: readonly Work[], firstId: string | null): readonly Work[] => {
  const first = Math.max(
    0,
    works.findIndex(({ target }) => target.localId === firstId),
  );
  return [...works.slice(first), ...works.slice(0, first)];
};

/** Proves the newest days of some buckets, and small ones whole. Adds to `wants` who wants a whole proof. */
export const proveNewestDays = async (run: PartsRun, works: readonly Work[], wants: Set<string>): Promise<void> => {
  const { asked, watch, notes } = run;
  const untilMs = watch.spentMs + run.budgetMs * NEWEST_SHARE;
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
