import type { StoredEvent } from '../../domain/event.ts';
import type { BucketKey } from '../../server/storage/bucket-key.ts';
import type { Tx } from '../../server/storage/database.ts';
import { list, type Period } from '../../server/storage/events.ts';
import { fromJsonb } from '../../server/storage/jsonb.ts';
import { eventColumns, eventsWithData, type EventRow } from '../../server/storage/sql/event-columns.ts';

/** All events of a bucket in a period, in listing order, read page by page like any reader does. */
export const allEvents = async (
  tx: Tx,
  bucket: BucketKey,
  period: Period = { startUs: null, endUs: null },
): Promise<StoredEvent[]> => {
  const events: StoredEvent[] = [];
  for (let page = await list(tx, bucket, period, 1000); ; page = await list(tx, bucket, period, 1000, events.at(-1)!)) {
    events.push(...page.events);
    if (!page.more) return events;
  }
};

/** A bucket's rows with the source ids that storage keeps to itself, in listing order. */
export const allRows = async (
  tx: Tx,
  { account, number }: BucketKey,
): Promise<(StoredEvent & { sourceId: number | null })[]> => {
  const rows = await tx.$queryRaw<EventRow[]>`
    select ${eventColumns} from ${eventsWithData} where account = ${account}::int and bucket = ${number}::int
    order by timestamp desc, duration_ns, id`;
  return rows.map((row) => ({
    id: Number(row.id),
    startUs: row.start_us,
    durationNs: row.duration_ns,
    data: fromJsonb(row.data),
    sourceId: row.source_id === null ? null : Number(row.source_id),
  }));
};
