import { KtError } from '../../domain/errors.ts';
import type { Viewer } from '../auth/viewer.ts';
import { instantsAt, type ChangedInstant } from '../storage/changes.ts';
import { run } from '../storage/database.ts';
import * as digests from '../storage/digests.ts';
import { mustFind } from './buckets.ts';
import type { Deps } from './deps.ts';

export type { DayDigest } from '../storage/digests.ts';

/** Days since 1970 that an event can lie on: 1677-09-21 to 2262-04-11. */
const FIRST_DAY = -106752;
const LAST_DAY = 106752;

const checkDay = (day: number): void => {
  if (day < FIRST_DAY || day > LAST_DAY) throw new KtError('invalid', 'a day is given as days since 1970-01-01');
};

/** What a bucket holds, for the comparison of sync.md section 4. Every function fails with `not_found` for a bucket that is not the viewer's. */
export const makeProof = ({ database }: Deps) => ({
  /** Day by day, oldest first. */
  digest: (viewer: Viewer, bucketId: string): Promise<digests.DayDigest[]> =>
    run(database, async (tx) => digests.of(tx, (await mustFind(tx, viewer, bucketId)).uuid)),

  /** What the bucket's device pushed of one day (days since 1970). */
  sources: (viewer: Viewer, bucketId: string, day: number): Promise<{ sourceId: number; hash: bigint }[]> => {
    checkDay(day);
    return run(database, async (tx) => digests.sourcesOnDay(tx, (await mustFind(tx, viewer, bucketId)).uuid, day));
  },

  /** One day's instants as they are now. */
  instants: (viewer: Viewer, bucketId: string, day: number): Promise<ChangedInstant[]> => {
    checkDay(day);
    return run(database, async (tx) => {
      const { uuid } = await mustFind(tx, viewer, bucketId);
      return instantsAt(tx, uuid, await digests.instantsOnDay(tx, uuid, day));
    });
  },
});
