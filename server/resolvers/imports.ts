import type { Bucket } from '../../domain/bucket.ts';
import { jsonFault, sizeFault } from '../../domain/data.ts';
import { isKtError, KtError } from '../../domain/errors.ts';
import type { Event } from '../../domain/event.ts';
import { storedBytes } from '../../domain/stored-size.ts';
import type { FormerPlace } from '../../domain/sync/push.ts';
import type { Viewer } from '../auth/viewer.ts';
import { run } from '../storage/database.ts';
import * as rows from '../storage/imports.ts';
import { checkBucket, MAX_BUCKETS, mustHaveRoom } from './buckets.ts';
import type { Deps } from './deps.ts';
import type { makeInfo } from './info.ts';
import { makeMerge } from './merge-import.ts';
import { findPlace } from './place-import.ts';
import { makeConcurrencyLimit } from './concurrency-limit.ts';
import { yieldToOthers } from './yield-to-others.ts';

/**
 * The bucket's origin, from an export of kt-server: its id on the device that registered as `deviceId`
 * (spec/rest DEV-21).
 */
export type ImportPlace = FormerPlace;

/**
 * The content of a file in reading order: the elements of a list of events (an event, or the reason why it is none),
 * then the bucket they belong to.
 */
export type ImportPart =
  | { readonly events: readonly (Event | string)[] }
  | { readonly bucket: Bucket; readonly kt?: ImportPlace | null };

/**
 * The result for a bucket: how many events were imported, present before, and refused, with the first refusals and
 * their places in the file's list. `note`: a remark for the user on where the bucket went.
 */
export type BucketReport = {
  imported: number;
  present: number;
  refused: { index: number; reason: string }[];
  moreRefused: number;
  note: string | null;
};
export type ImportReport = ReadonlyMap<string, BucketReport>;

/** Refused events that are reported one by one (spec/rest DEV-20). */
const TOLD = 20;
/** Events and bytes of data staged at a time: on the embedded engine everybody waits meanwhile, about 100 ms. */
const STAGED = { events: 2_000, bytes: 2_000_000 };
/** Imports of an account that may wait for the one that runs. */
const WAITING = 3;
/** After this many ms without staging, an import is taken to belong to a process that has ended. */
const ABANDONED = 24 * 3_600_000;

export const makeImports = (deps: Deps, info: ReturnType<typeof makeInfo>) => {
  const { database, eventBytes } = deps;
  const merge = makeMerge(deps);
  const perAccount = makeConcurrencyLimit(
    { running: 1, waiting: WAITING },
    () =>
      new KtError('rate_limited', `${WAITING} imports of this account wait already: send this file when they are done`),
    left,
  );

  /** Unstages a whole import, a part at a time. */
  const discard = async (id: bigint): Promise<void> => {
    while ((await run(database, (tx) => rows.dropAny(tx, id, STAGED.events))) > 0) await yieldToOthers();
    await run(database, (tx) => rows.end(tx, id));
  };

  /**
   * Stages every event under the number of its bucket in the file; returns the buckets' ids by number, and the refused
   * events.
   */
  const stage = async (id: bigint, parts: AsyncIterable<ImportPart>, signal: AbortSignal): Promise<Staged[]> => {
    const found: Staged[] = [];
    let current = newStaged();
    let pending: rows.PlacedEvent[] = [];
    let bytes = 0;
    const flush = async () => {
      await run(database, (tx) => rows.stage(tx, id, found.length, pending));
      [pending, bytes] = [[], 0];
      await yieldToOthers();
      if (signal.aborted) throw left();
    };
    for await (const part of parts) {
      if ('bucket' in part) {
        checkBucket(part.bucket);
        if (found.length === MAX_BUCKETS)
          throw new KtError('too_large', `an import has at most ${MAX_BUCKETS} buckets: split the file`);
        await flush();
        await run(database, (tx) => rows.stageBucket(tx, id, found.length, part.bucket, part.kt ?? null));
        found.push({ ...current, id: part.bucket.id });
        current = newStaged();
        continue;
      }
      for (const event of part.events) {
        const index = current.length++;
        const fault = typeof event === 'string' ? null : jsonFault(event.data);
        if (fault) throw new KtError('invalid', `an event of the file has data that can not be kept: ${fault}`);
        const reason = typeof event === 'string' ? event : sizeFault(event.data, eventBytes);
        if (reason !== null) refuse(current, index, reason);
        else if (typeof event !== 'string') {
          const { startUs, durationNs, data } = event;
          pending.push({ startUs, durationNs, data, place: index });
          bytes += storedBytes(data);
          if (pending.length === STAGED.events || bytes >= STAGED.bytes) await flush();
        }
      }
    }
    return found;
  };

  /** Checked before any bucket is made: the account has room for all the new ones. */
  const mustHaveRoomForAll = async (viewer: Viewer, id: bigint, serverDeviceId: string): Promise<void> => {
    const fresh = new Set<string>();
    for (let number = 0; ; number++) {
      const [bucket] = await run(database, (tx) => rows.bucketsOf(tx, id, number, 1));
      if (!bucket) break;
      const place = await run(database, (tx) => findPlace(tx, viewer, id, bucket, serverDeviceId));
      if (place.found === null) fresh.add(`${place.device.id} ${place.facts.id}`);
      await yieldToOthers();
    }
    if (fresh.size > 0) await run(database, (tx) => mustHaveRoom(tx, viewer.userId, fresh.size));
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
      perAccount.run(viewer.userId, signal, async () => {
        const server = await info.get();
        const row = await run(database, (tx) => rows.begin(tx, viewer.userId, viewer.deviceId));
        let staged: Staged[];
        try {
          staged = await stage(row.id, parts, signal);
          await mustHaveRoomForAll(viewer, row.id, server.deviceId);
          await run(database, (tx) => rows.beginMerging(tx, row.id));
        } catch (error) {
          await discard(row.id);
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
      for (const { id } of abandoned) await discard(id);
      const merging = await run(database, (tx) => rows.unfinished(tx, true, new Date(now + ABANDONED)));
      const server = await info.get();
      for (const row of merging) await finish(row, server.deviceId, []);
      return merging.length;
    },
  };

  async function finish(row: rows.ImportRow, serverDeviceId: string, staged: readonly Staged[]): Promise<ImportReport> {
    const report = new Map<string, BucketReport>();
    try {
      await merge(row, serverDeviceId, (bucket, { crowded, note }) => {
        const known = staged[bucket.number] ?? { ...newStaged(), id: bucket.facts.id };
        for (const { index, reason } of crowded) refuse(known, index, reason);
        const told = report.get(bucket.facts.id) ?? {
          imported: 0,
          present: 0,
          refused: [],
          moreRefused: 0,
          note: null,
        };
        told.note ??= note;
        told.imported += bucket.imported;
        told.present += bucket.present;
        told.moreRefused += known.moreRefused;
        for (const each of known.refused) {
          if (told.refused.length < TOLD) told.refused.push(each);
          else told.moreRefused++;
        }
        report.set(bucket.facts.id, told);
      });
    } catch (error) {
      // If the database is unavailable, the next start continues. Any other failure would happen again.
      if (isKtError(error) && error.code !== 'unavailable') await discard(row.id);
      throw error;
    }
    await discard(row.id);
    return report;
  }
};

/** A bucket of the file, with what has been staged of it so far. */
type Staged = { id: string; length: number; refused: { index: number; reason: string }[]; moreRefused: number };
const newStaged = (): Staged => ({ id: '', length: 0, refused: [], moreRefused: 0 });

const refuse = (bucket: Pick<Staged, 'refused' | 'moreRefused'>, index: number, reason: string): void => {
  if (bucket.refused.length < TOLD) bucket.refused.push({ index, reason });
  else bucket.moreRefused++;
};

const left = (): KtError => new KtError('invalid', 'the file was not sent whole: nothing of it was imported');
