import { KtError } from '../../domain/errors.ts';
import { DAY_PAGE, FIRST_DAY, LAST_DAY, type DayDigest } from '../../domain/sync/day-digest.ts';
import type { SourceHash } from '../../domain/sync/push.ts';
import type { Viewer } from '../auth/viewer.ts';
import { instantsAt, type ChangedInstant } from '../storage/changes.ts';
import { run } from '../storage/database.ts';
import * as digests from '../storage/digests.ts';
import { mustFind, type BucketRef } from './buckets.ts';
import type { Deps } from './deps.ts';

const checkDay = (day: number): void => {
  if (day < FIRST_DAY || day > LAST_DAY) throw new KtError('invalid', 'a day is given as days since 1970-01-01');
};

/** The most days of digests in one answer: 200 years of one bucket. */
const MAX_DAYS = 75_000;

/** What follows `after`: at most `first`, or where that is null all of it, if it fits in one answer. */
export type DayPage<After> = { readonly first: number | null; readonly after: After | null };
const WHOLE = { first: null, after: null };

const sizeOf = ({ first }: DayPage<unknown>): number => {
  if (first !== null && first < 1) throw new KtError('invalid', '`first` must be at least 1');
  return Math.min(first ?? DAY_PAGE, DAY_PAGE);
};

/**
 * The page out of what was found, which is up to one more than the page may have. Fails with `too_large` when
 * everything was requested and this is not everything: taking a part for the whole would delete the rest.
 */
const inPage = <T>(told: T[], found: number, page: DayPage<unknown>): T[] => {
  const size = sizeOf(page);
  if (page.first === null && (found > size || told.length < found)) {
    throw new KtError(
      'too_large',
      'this day holds more than one answer does: ask in pages, with `first`, and `after` for those behind the last',
    );
  }
  return told.slice(0, size);
};

/**
 * What a bucket holds, for the comparison of spec/sync 4.1. Every function fails with `not_found` for a bucket that is
 * not the viewer's.
 */
export const makeProof = ({ database }: Deps) => ({
  /**
   * Digests day by day, oldest first, of any number of buckets in one statement. By number; a
   * bucket that is gone is an error in its place. Fails with `too_large` for too many days.
   */
  digests: (viewer: Viewer, numbers: readonly number[]): Promise<(readonly DayDigest[] | KtError)[]> =>
    run(database, async (tx) => {
      const found = await digests.of(tx, viewer.account, numbers, MAX_DAYS);
      const message = `this asks for more than ${MAX_DAYS} days: ask for fewer buckets at once`;
      if (!found) throw new KtError('too_large', message, { limit: MAX_DAYS });
      return numbers.map((number) => found.get(number) ?? new KtError('not_found', 'the bucket was deleted meanwhile'));
    }),

  /** What the bucket's device pushed of one day (days since 1970), by source id. */
  sources: (viewer: Viewer, named: BucketRef, day: number, page: DayPage<number> = WHOLE): Promise<SourceHash[]> => {
    checkDay(day);
    return run(database, async (tx) => {
      const bucket = await mustFind(tx, viewer, named);
      const found = await digests.sourcesOnDay(tx, bucket, day, page.after, sizeOf(page) + 1);
      return inPage(found, found.length, page);
    });
  },

  /** One day's instants as they are now, by time. A page may be short when their data is large. */
  instants: (
    viewer: Viewer,
    named: BucketRef,
    day: number,
    page: DayPage<bigint> = WHOLE,
  ): Promise<ChangedInstant[]> => {
    checkDay(day);
    return run(database, async (tx) => {
      const bucket = await mustFind(tx, viewer, named);
      const instants = await digests.instantsOnDay(tx, bucket, day, page.after, sizeOf(page) + 1);
      return inPage(await instantsAt(tx, bucket, instants), instants.length, page);
    });
  },
});
