/** How a push treats the rows of its bucket that no device owns (spec/sync 1.6). */
import { adoptions } from '../../domain/sync/adoption.ts';
import { durationUs, instantOf, keyOf, type SourcedEvent, type StoredEvent } from '../../domain/event.ts';
import type * as buckets from '../storage/buckets.ts';
import type { Tx } from '../storage/database.ts';
import * as events from '../storage/events.ts';
import { readable } from './readable.ts';

/**
 * `adopted`: the number of rows that the device owns now. `outgrown`: ids of rows to delete, because an event of the
 * device has become equal to them.
 */
export type Adoption = { readonly adopted: number; readonly outgrown: readonly number[] };

/**
 * Lets events with unknown source ids adopt rows without an owner; adoption alone is not a change. Also finds rows that
 * an import stored of an event that grew or was edited before it was pushed in that form: once it is, both are the same
 * event.
 */
export const adopt = async (tx: Tx, bucket: buckets.BucketRow, sourced: readonly SourcedEvent[]): Promise<Adoption> => {
  if (sourced.length === 0 || !events.hasOwnerless(bucket)) return { adopted: 0, outgrown: [] };
  const known = await events.knownSources(
    tx,
    bucket,
    sourced.map((event) => event.sourceId),
  );
  const unknown = sourced.filter((event) => !known.has(event.sourceId));
  const outgrown: number[] = [];
  for (const part of await readable(
    tx,
    bucket,
    sourced.filter((event) => known.has(event.sourceId)),
  )) {
    outgrown.push(...(await outgrownBy(tx, bucket, part)));
  }
  const goes = new Set(outgrown);
  let adopted = 0;
  for (const part of await readable(tx, bucket, unknown)) {
    // Rows that became equal to a known event can't be adopted: they will be deleted.
    const rows = (await events.ownerlessAt(tx, bucket, part.map(instantOf))).filter(({ id }) => !goes.has(id));
    const pairs = adoptions(part, rows).map(([row, event]) => [row.id, event.sourceId] as const);
    if (pairs.length > 0) await events.adopt(tx, bucket, pairs);
    adopted += pairs.length;
  }
  return { adopted, outgrown };
};

/**
 * Rows with the key of a pushed event that are no longer than it, if the stored event was shorter than they are or had
 * another key. At most one row per event.
 */
const outgrownBy = async (tx: Tx, bucket: buckets.BucketRow, sourced: readonly SourcedEvent[]): Promise<number[]> => {
  const rows = await events.ownerlessAt(tx, bucket, [...new Set(sourced.map(instantOf))]);
  if (rows.length === 0) return [];
  const byKey = new Map<string, StoredEvent[]>();
  for (const row of rows) {
    const twins = byKey.get(keyOf(row));
    if (twins) twins.push(row);
    else byKey.set(keyOf(row), [row]);
  }
  const meant = sourced.filter((event) => (byKey.get(keyOf(event))?.length ?? MANY_TWINS) < MANY_TWINS);
  const before = new Map(
    (
      await events.ofSources(
        tx,
        bucket,
        meant.map(({ sourceId }) => sourceId),
      )
    ).map((row) => [row.sourceId, row]),
  );
  return meant.flatMap((event) => {
    const was = before.get(event.sourceId);
    const twins = byKey.get(keyOf(event))!;
    if (!was) return [];
    const isOther = keyOf(was) !== keyOf(event);
    const place = twins.findIndex(
      (row) => (isOther || durationUs(row) > durationUs(was)) && durationUs(row) <= durationUs(event),
    );
    return place < 0 ? [] : twins.splice(place, 1).map(({ id }) => id);
  });
};

/** With this many events of one key there is no way to tell which of them grew. */
const MANY_TWINS = 100;
