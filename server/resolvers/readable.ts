import { batches } from '../../domain/batch.ts';
import { instantOf, type Event } from '../../domain/event.ts';
import type { BucketKey } from '../storage/bucket-key.ts';
import type { Tx } from '../storage/database.ts';
import { contentPerInstant, type Content } from '../storage/instants.ts';

/** How much is read at once to compare with, in bytes of data. */
const COMPARED_BYTES = 16_000_000;

/**
 * Splits events into parts of whole instants, such that everything the bucket has at a part's instants can be read at
 * once.
 */
export const readable = async <E extends Event>(tx: Tx, bucket: BucketKey, events: readonly E[]): Promise<E[][]> => {
  const instants = [...new Set(events.map(instantOf))];
  const held = instants.length === 0 ? new Map<bigint, Content>() : await contentPerInstant(tx, bucket, instants);
  const byInstant = new Map<bigint, E[]>();
  for (const event of events) {
    const group = byInstant.get(instantOf(event));
    if (group) group.push(event);
    else byInstant.set(instantOf(event), [event]);
  }
  return [...batches(byInstant, Infinity, COMPARED_BYTES, ([instant]) => held.get(instant)?.bytes ?? 0)].map((part) =>
    part.flatMap(([, group]) => group),
  );
};
