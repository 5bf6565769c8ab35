import { DAY_MS } from '../../domain/day.ts';
import { KtError } from '../../domain/errors.ts';
import type { Viewer } from '../auth/viewer.ts';
import * as buckets from '../storage/buckets.ts';
import { lockAccount } from '../storage/changes.ts';
import { run, transaction } from '../storage/database.ts';
import * as rows from '../storage/trash.ts';
import { mustFind, type BucketRef } from './buckets.ts';
import type { Deps } from './deps.ts';
import type { Position } from './events.ts';
import { putBack, type PutBack } from './put-back.ts';
import type { Reading } from './reading.ts';
import { makeConcurrencyLimit } from './concurrency-limit.ts';
import { yieldToOthers } from './yield-to-others.ts';

export type { TrashedEvent } from '../storage/trash.ts';
export type { PutBack } from './put-back.ts';

/** How long the trash keeps what a sync deleted, in ms. */
const KEPT_MS = 30 * DAY_MS;
/** Events that are purged at a time: on the embedded engine everybody waits meanwhile, some 50 ms. */
const PIECE = 2_000;
/** Buckets that are looked at with one statement for whether anything in them is old. */
const BUCKETS_AT_ONCE = 1_000;
/** More deletions of a day than this are not counted: they are too many for any bucket. */
const ENOUGH_OF_A_DAY = 1_000;
/** Events that one request may name. */
const MOST_NAMED = 5_000;
/** Restores of an account that wait for the one that runs. */
const WAITING = 3;

/**
 * The trash of the account's buckets: what a sync deleted in them, for 30 days (spec/sync 4.7). A bucket that is
 * deleted takes its own along.
 */
export const makeTrash = ({ database, now }: Deps, reading: Reading) => {
  const perAccount = makeConcurrencyLimit(
    { running: 1, waiting: WAITING },
    () => new KtError('rate_limited', `${WAITING} restores of this account wait already: ask again when they are done`),
    () => new KtError('invalid', 'whoever asked has gone: nothing was put back'),
  );

  /**
   * Purges all of a bucket's trash, or what went into it before `before`, a piece at a time; returns how many events it
   * was.
   */
  const purge = async (userId: string, uuid: string, before: Date | null): Promise<number> => {
    for (let purged = 0; ; ) {
      const piece = await transaction(database, async (tx) => {
        await lockAccount(tx, userId);
        return rows.purge(tx, uuid, before, PIECE);
      });
      purged += piece;
      if (piece < PIECE) return purged;
      await yieldToOthers();
    }
  };

  return {
    /** A page of a bucket's trash, newest start first; by its UUID, as `graph` gives it. Fails with `not_found`. */
    list: (viewer: Viewer, uuid: string, limit: number, after: Position | null = null) =>
      reading(viewer.userId, () =>
        run(database, async (tx) => rows.list(tx, (await mustFind(tx, viewer, { uuid })).uuid, limit, after)),
      ),

    /** How many events each of these buckets has in the trash. For rows that `graph` gave. */
    counts: (uuids: readonly string[]): Promise<Map<string, number>> => run(database, (tx) => rows.countsOf(tx, uuids)),

    /**
     * How many events of each of these buckets a sync deleted in the last 24 hours, at most 1,000 of them: what the
     * trash has. What was put back is not gone, and who emptied the trash knows. By the server's clock and rows, so
     * that a client which lost its state is told the same. For rows that `graph` gave.
     */
    ofLastDay: (uuids: readonly string[]): Promise<Map<string, number>> =>
      run(database, (tx) => rows.countsSince(tx, uuids, new Date(now().getTime() - DAY_MS), ENOUGH_OF_A_DAY)),

    /**
     * Puts events of a bucket's trash back, those with these ids or (null) all, a slice at a time, each a transaction:
     * cut short, it is repeated. They are nobody's from then on, as imported ones are. What is there by key (instant
     * and data) is not added: of equal keys the k-th longest is the k-th longest, and one that is longer than its twin
     * stays in the trash. So does what an instant has no room for. Fails with `not_found`, and with `rate_limited`
     * while as many of the account's wait as may.
     */
    restore: (viewer: Viewer, ref: BucketRef, ids: readonly number[] | null, signal: AbortSignal): Promise<PutBack> => {
      if (ids !== null && ids.length > MOST_NAMED)
        throw new KtError(
          'too_large',
          `one request puts back at most ${MOST_NAMED} events that it names: send them in parts, ` +
            'or name none to put back all',
        );
      return perAccount.run(viewer.userId, signal, async () => {
        const { uuid } = await run(database, (tx) => mustFind(tx, viewer, ref));
        const total = { restored: 0, present: 0, refused: 0 };
        for (let fromMs: bigint | null = null; !signal.aborted; ) {
          const chosen: rows.Chosen = { fromMs, ids };
          const slice = await transaction(database, async (tx) => {
            await lockAccount(tx, viewer.userId);
            const bucket = await buckets.lock(tx, uuid);
            if (!bucket) throw new KtError('not_found', 'the bucket was deleted meanwhile, and its trash with it');
            return putBack(tx, viewer.userId, bucket, chosen);
          });
          if (slice === null) break;
          total.restored += slice.restored;
          total.present += slice.present;
          total.refused += slice.refused;
          fromMs = slice.lastMs + 1n;
          await yieldToOthers();
        }
        return total;
      });
    },

    /** Purges all that a bucket has in the trash; returns how many events it was. Fails with `not_found`. */
    empty: async (viewer: Viewer, ref: BucketRef): Promise<number> => {
      const { uuid } = await run(database, (tx) => mustFind(tx, viewer, ref));
      return purge(viewer.userId, uuid, null);
    },

    /** What each bucket of the account has in the trash, the newest loss first. */
    summary: (viewer: Viewer) => run(database, (tx) => rows.summary(tx, viewer.userId)),

    /**
     * Purges what has been in anybody's trash for 30 days, until `stop`; returns how many events it was. One that is
     * cut short goes on with the next.
     */
    sweep: async (stop: AbortSignal): Promise<number> => {
      const before = new Date(now().getTime() - KEPT_MS);
      let purged = 0;
      for (let after: string | null = null; !stop.aborted; ) {
        const page: Awaited<ReturnType<typeof rows.outdated>> = await run(database, (tx) =>
          rows.outdated(tx, before, after, BUCKETS_AT_ONCE),
        );
        if (page === null) break;
        for (const { uuid, userId } of page.buckets) {
          if (stop.aborted) return purged;
          purged += await purge(userId, uuid, before);
        }
        after = page.last;
        await yieldToOthers();
      }
      return purged;
    },
  };
};
