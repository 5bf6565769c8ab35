import { adoptions } from '../../domain/sync/adoption.ts';
import { batches } from '../../domain/batch.ts';
import { durationUs, instantOf } from '../../domain/event.ts';
import * as buckets from '../storage/buckets.ts';
import { ROWS_PER_REVISION, takeRevision } from '../storage/changes.ts';
import type { Tx } from '../storage/database.ts';
import * as events from '../storage/events.ts';
import * as trash from '../storage/trash.ts';
import { crowded } from './check-event.ts';
import { readable } from './readable.ts';

/**
 * What became of events from the trash: put back; not added, because they exist by key; and refused for lack of room.
 */
export type PutBack = { readonly restored: number; readonly present: number; readonly refused: number };

/** Events and bytes of data of a slice: on the embedded engine everybody waits while one is put back, about 200 ms. */
const SLICE = { events: 2_000, bytes: 2_000_000 };

/**
 * Puts the first of the selected events of a bucket's trash back, in whole instants; null when there are none. The
 * caller holds the locks of the account and of the bucket. `lastMs`: everything that starts then or earlier is done.
 */
export const putBack = async (
  tx: Tx,
  bucket: buckets.BucketRow,
  chosen: trash.Chosen,
): Promise<(PutBack & { lastMs: bigint }) | null> => {
  const slice = await trash.slice(tx, bucket, chosen, SLICE.events, SLICE.bytes);
  if (slice === null) return null;
  const twins = new Map<trash.TrashedEvent, bigint>();
  for (const part of await readable(tx, bucket, slice.events)) {
    const there = await events.startingAt(tx, bucket, [...new Set(part.map(instantOf))]);
    for (const [row, event] of adoptions(part, there)) twins.set(event, durationUs(row));
  }
  const lacking = slice.events.filter((event) => !twins.has(event));
  const refused = await crowded(tx, bucket, lacking, async () => () => false);
  const fitting = lacking.filter((event) => !refused.has(event));
  for (const part of batches(fitting, ROWS_PER_REVISION, Infinity, () => 0)) {
    await events.insert(tx, bucket, await takeRevision(tx, bucket.account), part);
  }
  // spec/rest 4: any other write of events clears the slot.
  if (fitting.length > 0 && bucket.slot !== null) await buckets.setSlot(tx, bucket, null);
  const superseded = [...twins].flatMap(([event, duration]) => (durationUs(event) <= duration ? [event] : []));
  await trash.takeOut(
    tx,
    bucket,
    [...fitting, ...superseded].map(({ id }) => id),
  );
  return { restored: fitting.length, present: twins.size, refused: refused.size, lastMs: slice.lastMs };
};
