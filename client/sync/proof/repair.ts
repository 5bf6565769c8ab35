/**
 * The repair of an own bucket: first what differs is sent, then what is not here any more is deleted (spec/sync 4.3).
 */
import { batches } from '../../../domain/batch.ts';
import type { Bucket } from '../../../domain/bucket.ts';
import { isKtError, KtError } from '../../../domain/errors.ts';
import type { StoredEvent } from '../../../domain/event.ts';
import { MOST_PUSHED, type SourceHash } from '../../../domain/sync/push.ts';
import { bytesOf, makeOutbox, MAX_BYTES } from '../push/outbox.ts';
import type { Local, PushResult, Remote } from '../ports.ts';
import type { ProofRow } from './proof-report.ts';
import { sourced } from '../push/push.ts';
import { noteRefused } from '../report.ts';

/** More deletions of a bucket in a day than this are no tidying up: something may have happened to the database. */
const BREAKER = 100;
/** In a bucket of more events than the first, more than the second's part of it is as suspicious. */
const LARGER_THAN = 20;
const PART = 4;

/** What a repair is about to delete of an own bucket, and what it is a part of. */
export type Deletions = {
  /** What is there and not here. */
  readonly now: number;
  /** What a sync deleted in the last 24 hours. */
  readonly lastDay: number;
  /** What the bucket has here. */
  readonly here: number;
  /** What its device has pushed of it, before anything is deleted. */
  readonly there: number;
  /** Deletions of it are held already: it has grown meanwhile, which is no answer. */
  readonly held: boolean;
};

/** The way out of a hold. */
const WAY_OUT = 'if that is as it should be, run `kt-client verify --repair --allow-deletes`';

/**
 * Why nothing may be deleted; null when it may. A bucket that loses a little each hour loses much in a day, so
 * what went counts as well.
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
  /** Hears where an own bucket stands after each write to it. */
  readonly stored?: ((standing: PushResult) => void) | undefined;
};

/** An own bucket in its epoch. */
export type OwnBucket = { readonly bucket: Bucket; readonly epoch: number };

/**
 * Sends events again, whatever became of them before. What is refused is noted in the row; a bucket
 * that is refused is thrown.
 */
export const sendAgain = async (
  { remote, deviceId, pass, stored }: RepairRun,
  bucket: OwnBucket,
  events: readonly StoredEvent[],
  row: ProofRow,
): Promise<void> => {
  const outbox = makeOutbox(remote, deviceId, pass);
  let failure: KtError | null = null;
  for (const part of batches(events.map(sourced), MOST_PUSHED, MAX_BYTES, bytesOf)) {
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
      setAside: ({ sourceId }, reason) => noteRefused(row.rejected, [{ sourceId, reason }]),
      failed: (error) => void (failure ??= error),
    });
  }
  await outbox.flush();
  if (failure) throw failure;
};

/** The event that is still here under an id, readable or not; null for none. */
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
 * Deletes on the server what is not here any more. Each is asked for by its id first: it may have moved to another day,
 * or come meanwhile. The server deletes only a row that still is so.
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
