import { DAY_MS } from '../../domain/day.ts';
import { KtError } from '../../domain/errors.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { BucketKey } from '../storage/bucket-key.ts';
import * as buckets from '../storage/buckets.ts';
import { lockAccount } from '../storage/changes.ts';
import { run } from '../storage/database.ts';
import * as rows from '../storage/trash.ts';
import { mustFind, type BucketRef } from './buckets.ts';
import type { Deps } from './deps.ts';
import type { Position } from './events.ts';
import { putBack, type PutBack } from './put-back.ts';
import type { Reading } from './reading.ts';
import type { ValueKeeping } from './value-keeping.ts';
import { makeConcurrencyLimit } from './concurrency-limit.ts';
import { yieldToOthers } from './yield-to-others.ts';
import { writing } from '../storage/writing.ts';

export type { TrashedEvent } from '../storage/trash.ts';
export type { PutBack } from './put-back.ts';

/** How long the trash keeps deleted events, in ms. */
const KEPT_MS = 30 * DAY_MS;
/** Events that are purged at a time: on the embedded engine everybody waits meanwhile, about 50 ms. */
const PIECE = 2_000;
/** Buckets that one statement searches for old events. */
const BUCKETS_AT_ONCE = 1_000;
/** Deletions of a day are counted up to this: more are too many for any bucket. */
const ENOUGH_OF_A_DAY = 1_000;
/** Events that one request may name. */
const MOST_NAMED = 5_000;
/** Restores of an account that may wait for the one that runs. */
const WAITING = 3;

/**
 * The trash of the account's buckets: what syncs deleted in them, for 30 days (spec/sync 4.7). Deleting a bucket
 * deletes its trash.
 */
export const makeTrash = ({ database, now }: Deps, reading: Reading, values: ValueKeeping) => {
  const perAccount = makeConcurrencyLimit(
    { running: 1, waiting: WAITING },
    () => new KtError('rate_limited', `${WAITING} restores of this account wait already: ask again when they are done`),
    () => new KtError('invalid', 'whoever asked has gone: nothing was put back'),
  );

  /**
   * Purges all of a bucket's trash, or what was put into it before `before`, a part at a time; returns the number of
   * events.
   */
  const purge = async (bucket: BucketKey, before: Date | null): Promise<number> => {
    for (let purged = 0; ; ) {
      const piece = await writing(database, bucket.account, async (tx) => {
        await lockAccount(tx, bucket.account);
        return rows.purge(tx, bucket, before, PIECE);
      });
      purged += piece;
      if (piece < PIECE) return purged;
      await yieldToOthers(bucket.account);
    }
  };

  return {
    /** A page of a bucket's trash, newest start first; by its number. Fails with `not_found`. */
    list: (viewer: Viewer, number: number, limit: number, after: Position | null = null) =>
      reading(viewer.account, () =>
        run(database, async (tx) => rows.list(tx, await mustFind(tx, viewer, { number }), limit, after)),
      ),

    /** How many events each of these buckets has in the trash, by number. */
    counts: (viewer: Viewer, numbers: readonly number[]): Promise<Map<number, number>> =>
      run(database, (tx) => rows.countsOf(tx, viewer.account, numbers)),

    /**
     * How many events of each of these buckets syncs deleted in the last 24 hours, counted up to 1,000. Counts the rows
     * in the trash: what was put back is not lost, and emptying the trash is deliberate. Uses the server's clock and
     * rows, so that a client that lost its state gets the same numbers.
     */
    ofLastDay: (viewer: Viewer, numbers: readonly number[]): Promise<Map<number, number>> =>
      run(database, (tx) =>
        rows.countsSince(tx, viewer.account, numbers, new Date(now().getTime() - DAY_MS), ENOUGH_OF_A_DAY),
      ),

    /**
     * Puts events of a bucket's trash back, those with these ids or (null) all, in slices of a transaction each; when
     * interrupted, repeat it. No device owns them from then on, as with imported ones. Events that exist by key
     * (instant and data) are not added: of equal keys the k-th longest counts as the k-th longest, and one that is
     * longer than its twin stays in the trash, as do those whose instant has no room. Fails with `not_found`, and with
     * `rate_limited` when too many of the account's are waiting.
     */
    restore: (viewer: Viewer, ref: BucketRef, ids: readonly number[] | null, signal: AbortSignal): Promise<PutBack> => {
      if (ids !== null && ids.length > MOST_NAMED)
        throw new KtError(
          'too_large',
          `one request puts back at most ${MOST_NAMED} events that it names: send them in parts, ` +
            'or name none to put back all',
        );
      return perAccount.run(viewer.account, signal, async () => {
        const key = await run(database, (tx) => mustFind(tx, viewer, ref));
        const total = { restored: 0, present: 0, refused: 0 };
        for (let fromMs: bigint | null = null; !signal.aborted; ) {
          const chosen: rows.Chosen = { fromMs, ids };
          const slice = await writing(database, viewer.account, async (tx) => {
            await lockAccount(tx, viewer.account);
            const bucket = await buckets.lock(tx, key);
            if (!bucket) throw new KtError('not_found', 'the bucket was deleted meanwhile, and its trash with it');
            return putBack(tx, bucket, chosen);
          });
          if (slice === null) break;
          total.restored += slice.restored;
          total.present += slice.present;
          total.refused += slice.refused;
          fromMs = slice.lastMs + 1n;
          await yieldToOthers(viewer.account);
        }
        return total;
      });
    },

    /** Purges everything that a bucket has in the trash; returns the number of events. Fails with `not_found`. */
    empty: async (viewer: Viewer, ref: BucketRef): Promise<number> => {
      const purged = await purge(await run(database, (tx) => mustFind(tx, viewer, ref)), null);
      if (purged > 0) values.soon(viewer.account);
      return purged;
    },

    /** How much each bucket of the account has in the trash, most recent deletion first. */
    summary: (viewer: Viewer) => run(database, (tx) => rows.summary(tx, viewer.account)),

    /**
     * Purges what has been in any account's trash for 30 days, until `stop`; returns the number of events. If
     * interrupted, the next call continues.
     */
    sweep: async (stop: AbortSignal): Promise<number> => {
      const before = new Date(now().getTime() - KEPT_MS);
      let purged = 0;
      for (let after: BucketKey | null = null; !stop.aborted; ) {
        const page: Awaited<ReturnType<typeof rows.outdated>> = await run(database, (tx) =>
          rows.outdated(tx, before, after, BUCKETS_AT_ONCE),
        );
        if (page === null) break;
        for (const bucket of page.buckets) {
          if (stop.aborted) return purged;
          purged += await purge(bucket, before);
        }
        after = page.last;
        await yieldToOthers(null);
      }
      return purged;
    },
  };
};
