import { KtError } from '../../../domain/errors.ts';
import { instantOf, keyOf, type SourcedEvent } from '../../../domain/event.ts';
import { adoptions } from '../../../domain/sync/adoption.ts';
import { contentHash } from '../../../domain/sync/content-hash.ts';
import type { SourceHash } from '../../../domain/sync/push.ts';
import { floorDiv } from '../../../domain/time.ts';
import type { PushBucket, PushResult } from '../../sync/ports.ts';
import type { Account, Device, Held } from './account.ts';
import { sumsOf } from './proof.ts';

/** Why an event is refused (`reject`: with a verdict), or null. */
export type Refuses = (event: SourcedEvent) => { how: 'reject' | 'batch'; reason: string } | null;

/** Begins a new epoch: the rows stay, without owner. */
const disown = (held: Held, epoch: number): void => {
  held.kept.push(...held.rows.values());
  held.rows.clear();
  Object.assign(held, { epoch, cursor: null });
};

/** Gives kept rows to the events that they are (spec/sync 1.6). */
const adopt = (held: Held, events: readonly SourcedEvent[]): void => {
  for (const [row, { sourceId }] of adoptions(
    events.filter((event) => !held.rows.has(event.sourceId)),
    held.kept,
  )) {
    held.kept.splice(held.kept.indexOf(row), 1);
    held.rows.set(sourceId, { ...row, sourceId });
  }
};

/** Stores events, and counts what became of them. */
const upsert = (held: Held, events: readonly SourcedEvent[], refuses: Refuses, revision: bigint) => {
  const counts = { inserted: 0, updated: 0, unchanged: 0 };
  const rejected: { sourceId: number; reason: string }[] = [];
  for (const event of events) {
    const refusal = refuses(event);
    const old = held.rows.get(event.sourceId);
    if (refusal) rejected.push({ sourceId: event.sourceId, reason: refusal.reason });
    else if (old && contentHash(old) === contentHash(event)) counts.unchanged++;
    else {
      if (old && keyOf(old) !== keyOf(event)) held.gone.set(instantOf(old), revision);
      held.rows.set(event.sourceId, { ...event, revision });
      counts[old ? 'updated' : 'inserted']++;
    }
  }
  return { ...counts, rejected };
};

/** Deletes the rows that are still as they are named; answers how many. */
const remove = (held: Held, deletes: readonly SourceHash[], revision: bigint, atUs: bigint): number => {
  let deleted = 0;
  for (const { sourceId, hash } of deletes) {
    const row = held.rows.get(sourceId);
    if (!row || contentHash(row) !== hash) continue;
    held.rows.delete(sourceId);
    held.trash.push({ row, atUs });
    held.gone.set(instantOf(row), revision);
    deleted++;
  }
  return deleted;
};

/** Stores one bucket's part of a push. */
export const store = (account: Account, device: Device, pushed: PushBucket, refuses: Refuses): PushResult => {
  const { bucket, epoch, deletes = [], cursor, compare } = pushed;
  const events = pushed.events.map(({ id, ...event }) => ({ ...event, sourceId: id }));
  const nowUs = account.clock.nowUs();
  const held: Held = device.buckets.get(bucket.id) ?? {
    facts: bucket,
    epoch: 1,
    cursor: null,
    rows: new Map(),
    kept: [],
    gone: new Map(),
    trash: [],
  };
  const isNext = device.buckets.has(bucket.id) && epoch === held.epoch + 1;
  if (epoch !== held.epoch && !isNext)
    return {
      bucketId: bucket.id,
      epoch: held.epoch,
      count: held.rows.size,
      error: { code: 'conflict', message: `epoch ${epoch} is over` },
      cursor: held.cursor,
      inserted: 0,
      updated: 0,
      unchanged: 0,
      deleted: 0,
      rejected: [],
      compared: null,
    };
  if (events.some((event) => refuses(event)?.how === 'batch')) throw new KtError('invalid', 'a poison event');
  if (isNext) disown(held, epoch);
  device.buckets.set(bucket.id, held);
  held.facts = bucket;
  adopt(
    held,
    events.filter((event) => !refuses(event)),
  );
  const revision = account.revision + 1n;
  const result = upsert(held, events, refuses, revision);
  const deleted = remove(held, deletes, revision, nowUs);
  const written = result.inserted + result.updated + deleted;
  if (written > 0) account.revision = revision;
  account.writes += written;
  const nowMs = floorDiv(nowUs, 1000n);
  if (cursor) held.cursor = { headMs: cursor.headMs < nowMs ? cursor.headMs : nowMs, footMs: cursor.footMs };
  return {
    bucketId: bucket.id,
    epoch,
    count: held.rows.size,
    error: null,
    cursor: held.cursor,
    ...result,
    deleted,
    compared: compare ? sumsOf([...held.rows.values()], compare.moving, compare.days) : null,
  };
};
