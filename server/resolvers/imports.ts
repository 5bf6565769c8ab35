import { isKtError, KtError } from '../../domain/errors.ts';
import type { Viewer } from '../auth/viewer.ts';
import { run, toldOnce } from '../storage/database.ts';
import * as rows from '../storage/imports.ts';
import { mustHaveRoom } from './buckets.ts';
import { makeConcurrencyLimit } from './concurrency-limit.ts';
import type { Deps } from './deps.ts';
import { addMerged, type BucketReport, type ImportReport, type Staged } from './import-report.ts';
import type { makeInfo } from './info.ts';
import { makeMerge } from './merge-import.ts';
import { findPlace } from './place-import.ts';
import { discardImport, left, stageImport, type ImportPart } from './stage-import.ts';
import { yieldToOthers } from './yield-to-others.ts';

/** Imports of an account that may wait for the one that runs. */
const WAITING = 3;
/** After this many ms without staging, an import is taken to belong to a process that has ended. */
const ABANDONED = 24 * 3_600_000;

export const makeImports = (deps: Deps, info: ReturnType<typeof makeInfo>) => {
  const { database } = deps;
  const merge = makeMerge(deps);
  const perAccount = makeConcurrencyLimit(
    { running: 1, waiting: WAITING },
    () =>
      new KtError('rate_limited', `${WAITING} imports of this account wait already: send this file when they are done`),
    left,
  );

  /** Checked before any bucket is made: the account has room for all the new ones. */
  const mustHaveRoomForAll = async (viewer: Viewer, key: rows.ImportKey, serverDeviceId: string): Promise<void> => {
    const fresh = new Set<string>();
    for (let number = 0; ; number++) {
      const [bucket] = await run(database, (tx) => rows.bucketsOf(tx, key, number, 1));
      if (!bucket) break;
      const place = await run(database, (tx) => findPlace(tx, viewer, key, bucket, serverDeviceId));
      if (place.found === null) fresh.add(`${place.device.id} ${place.facts.id}`);
      await yieldToOthers(viewer.account);
    }
    if (fresh.size > 0) await run(database, (tx) => mustHaveRoom(tx, viewer.account, fresh.size));
  };

  return {
    /**
     * Imports buckets with their events (spec/rest 6). A file that fails while it is read is not imported at all; one
     * that was read completely is imported completely, even across a restart. It is merged into its buckets a part at a
     * time, so that nobody waits for it.
     *
     * place-import.ts decides where a bucket goes. A new bucket takes every event. An existing one keeps its
     * properties, and takes the events it does not have: of equal events (start, duration, data) it has afterwards as
     * many as it or the file had, whichever is more, so importing a file twice changes nothing. For a bucket that a
     * device pushed, an event that has grown since counts as present. No device owns the new rows. An event that can't
     * be stored is refused alone, and reported. Fails with `invalid`, with `too_large`, with `rate_limited` when too
     * many imports of the account are waiting, and soon after `signal` as long as the file is being read.
     */
    run: (viewer: Viewer, parts: AsyncIterable<ImportPart>, signal: AbortSignal): Promise<ImportReport> =>
      perAccount.run(viewer.account, signal, async () => {
        const server = await info.get();
        const row = await run(database, (tx) => rows.begin(tx, viewer.account, viewer.deviceId));
        let staged: Staged[];
        try {
          staged = await stageImport(deps, row, parts, signal);
          await mustHaveRoomForAll(viewer, row, server.deviceId);
          await run(database, (tx) => rows.beginMerging(tx, row));
        } catch (error) {
          await discardImport(deps, row);
          throw error;
        }
        return finish(row, server.deviceId, staged);
      }),

    /**
     * Finishes imports that a process left when it ended while merging, and removes what it had not read completely.
     * `alone`: no other process can be using this database. Returns how many imports were finished.
     */
    resume: async (alone: boolean): Promise<number> => {
      const now = deps.now().getTime();
      const abandoned = await run(database, (tx) =>
        rows.unfinished(tx, false, new Date(alone ? now + ABANDONED : now - ABANDONED)),
      );
      for (const row of abandoned) await discardImport(deps, row);
      const merging = await run(database, (tx) => rows.unfinished(tx, true, new Date(now + ABANDONED)));
      const server = await info.get();
      for (const row of merging) await finish(row, server.deviceId, []);
      return merging.length;
    },
  };

  async function finish(row: rows.ImportRow, serverDeviceId: string, staged: readonly Staged[]): Promise<ImportReport> {
    const report = new Map<string, BucketReport>();
    try {
      await toldOnce(database, () =>
        merge(row, serverDeviceId, (bucket, merged) =>
          addMerged(report, bucket, merged, staged[bucket.number] ?? null),
        ),
      );
    } catch (error) {
      // If the database is unavailable, the next start continues. Any other failure would happen again.
      if (isKtError(error) && error.code !== 'unavailable') await discardImport(deps, row);
      throw error;
    }
    await discardImport(deps, row);
    return report;
  }
};
