/** The first half of an import: its file is read, and every event is staged. Nobody sees any of it yet. */
import type { Bucket } from '../../domain/bucket.ts';
import { jsonFault, sizeFault } from '../../domain/data.ts';
import { KtError } from '../../domain/errors.ts';
import type { Event } from '../../domain/event.ts';
import { storedBytes } from '../../domain/stored-size.ts';
import type { FormerPlace } from '../../domain/sync/push.ts';
import { run } from '../storage/database.ts';
import * as rows from '../storage/imports.ts';
import { checkBucket, MAX_BUCKETS } from './buckets.ts';
import type { Deps } from './deps.ts';
import { newStaged, refuse, type Staged } from './import-report.ts';
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

/** Events and bytes of data staged at a time: on the embedded engine everybody waits meanwhile, about 100 ms. */
const STAGED = { events: 2_000, bytes: 2_000_000 };

/**
 * Stages every event under the number of its bucket in the file; returns the buckets' ids by number, and the refused
 * events.
 */
export const stageImport = async (
  { database, eventBytes }: Deps,
  key: rows.ImportKey,
  parts: AsyncIterable<ImportPart>,
  signal: AbortSignal,
): Promise<Staged[]> => {
  const found: Staged[] = [];
  let current = newStaged();
  let pending: rows.PlacedEvent[] = [];
  let bytes = 0;
  const flush = async () => {
    await run(database, (tx) => rows.stage(tx, key, found.length, pending));
    [pending, bytes] = [[], 0];
    await yieldToOthers(key.account);
    if (signal.aborted) throw left();
  };
  for await (const part of parts) {
    if ('bucket' in part) {
      checkBucket(part.bucket);
      if (found.length === MAX_BUCKETS)
        throw new KtError('too_large', `an import has at most ${MAX_BUCKETS} buckets: split the file`);
      await flush();
      await run(database, (tx) => rows.stageBucket(tx, key, found.length, part.bucket, part.kt ?? null));
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

/** Unstages a whole import, a part at a time. */
export const discardImport = async ({ database }: Deps, key: rows.ImportKey): Promise<void> => {
  while ((await run(database, (tx) => rows.dropAny(tx, key, STAGED.events))) > 0) await yieldToOthers(key.account);
  await run(database, (tx) => rows.end(tx, key));
};

export const left = (): KtError => new KtError('invalid', 'the file was not sent whole: nothing of it was imported');
