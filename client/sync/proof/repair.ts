/** The repair of an own bucket: first sends what differs, then deletes what is not here any more (spec/sync 4.3). */
import { batches } from '../../../domain/batch.ts';
import type { Bucket } from '../../../domain/bucket.ts';
import { isKtError, KtError } from '../../../domain/errors.ts';
import type { StoredEvent } from '../../../domain/event.ts';
import { MOST_PUSHED, type SourceHash } from '../../../domain/sync/push.ts';
import { makeOutbox, partsOf } from '../push/outbox.ts';
import type { Local, PushResult, Remote } from '../ports.ts';
import type { ProofRow } from './proof-report.ts';
import { noteRefused } from '../report.ts';

/** More deletions in one bucket and day are no ordinary clean-up: something may have happened to the database. */
const BREAKER = 100;
/** In a bucket of more than LARGER_THAN events, deleting more than 1/PART of them is just as suspicious. */
const LARGER_THAN = 20;
const PART = 4;

/** What a repair is about to delete from an own bucket, and the numbers to judge it by. */
export type Deletions = {
  /** Events on the server that are not here. */
  readonly now: number;
  /** Deleted by a sync in the last 24 hours. */
  readonly lastDay: number;
  /** Events in the bucket here. */
  readonly here: number;
  /** Events its device has pushed, before anything is deleted. */
  readonly there: number;
  /** Deletions are held already: that the bucket has grown since does not release them. */
  readonly held: boolean;
};

/** How a person ends a hold. */
const WAY_OUT = 'if that is as it should be, run `kt-client verify --repair --allow-deletes`';

/**
 * Why nothing may be deleted; null if it may. Deletions of the last 24 hours count too: a bucket that loses a little
 * each hour loses much in a day.
 */
export const breaker = ({ now, lastDay, here, there, held }: Deletions): string | null => {
  if (now === 0) return null;
  const all = there + lastDay;
  const tooMany = now + lastDay > BREAKER || (all > LARGER_THAN && (now + lastDay) * PART > all);
  if (here > 0 && !tooMany && !held) return null;
  const before = lastDay > 0 ? ` (and ${lastDay} more were deleted in the last 24 hours)` : '';
  const what =
    here === 0
      ? 'the bucket is empty here'
      : `${now} of the ${there} events that the server holds are not here any more${before}`;
  return `${what}: nothing was deleted there; ${WAY_OUT}`;
};

export type RepairRun = {
  readonly local: Local;
  readonly remote: Remote;
  readonly deviceId: string;
  readonly pass: number;
  /** Called with the standing of an own bucket after each write to it. */
  readonly stored?: ((standing: PushResult) => void) | undefined;
};

/** An own bucket, and its epoch. */
export type OwnBucket = { readonly bucket: Bucket; readonly epoch: number };

/**
 * Sends events again, whatever became of them before. Refused events are noted in the row; if the whole bucket is
 * refused the error is thrown.
 */
export const sendAgain = async (
  { remote, deviceId, pass, stored }: RepairRun,
  bucket: OwnBucket,
  events: readonly StoredEvent[],
  row: ProofRow,
): Promise<void> => {
  const outbox = makeOutbox(remote, deviceId, pass);
  let failure: KtError | null = null;
  for (const part of partsOf(events)) {
    await outbox.add({
      bucket,
      events: part,
      cursor: null,
      stored(result) {
        stored?.(result);
        row.inserted += result.inserted;
        row.updated += result.updated;
        row.deleted += result.deleted;
        noteRefused(row.rejected, result.rejected);
      },
      setAside: ({ id }, reason) => noteRefused(row.rejected, [{ sourceId: id, reason }]),
      failed: (error) => void (failure ??= error),
    });
  }
  await outbox.flush();
  if (failure) throw failure;
};

/** The event that still exists here under an id, readable or not; null if there is none. */
export const eventHere = async (
  local: Local,
  bucketId: string,
  id: number,
): Promise<StoredEvent | 'unreadable' | null> => {
  try {
    return await local.event(bucketId, id);
  } catch (error) {
    if (isKtError(error, 'malformed')) return 'unreadable';
    throw error;
  }
};

/**
 * Deletes on the server what is not here any more. Each event is first looked up by its id: it may have moved to
 * another day, or arrived in the meantime. The server deletes a row only if it is still the same.
 */
export const deleteMissing = async (
  { local, remote, deviceId, pass, stored }: RepairRun,
  { bucket, epoch }: OwnBucket,
  missing: readonly SourceHash[],
  row: ProofRow,
): Promise<void> => {
  const deletes: SourceHash[] = [];
  for (const source of missing) if ((await eventHere(local, bucket.id, source.sourceId)) === null) deletes.push(source);
  for (const part of batches(deletes, MOST_PUSHED, Infinity, () => 0)) {
    const { results } = await remote.push({
      deviceId,
      pass,
      buckets: [{ bucket, epoch, events: [], deletes: part, cursor: null }],
    });
    const [result] = results;
    if (!result || result.error)
      throw new KtError(
        result?.error?.code ?? 'internal',
        result?.error?.message ?? 'the server did not answer for this bucket: sync again',
      );
    stored?.(result);
    row.deleted += result.deleted;
  }
};
