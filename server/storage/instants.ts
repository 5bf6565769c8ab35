/** The number and size of what starts at a bucket's instants (ms). Data is measured without being read. */
import { Prisma } from '../../prisma/generated/client/client.ts';
import type { BucketKey } from './bucket-key.ts';
import type { Tx } from './database.ts';
import { askedBucket, oldest } from './sql/by-time.ts';
import { valueOf } from './sql/event-columns.ts';
import { eventsAtInstants } from './sql/events-at-instants.ts';
import { timestamptz } from './sql/time.ts';

export type Content = { readonly events: number; readonly bytes: number };

type Row = { at_ms: bigint; events: bigint; bytes: bigint };
const contentOf = ({ events, bytes }: Omit<Row, 'at_ms'>): Content => ({
  events: Number(events),
  bytes: Number(bytes),
});

const startOf = (atMs: bigint): Prisma.Sql => timestamptz(Prisma.sql`${atMs * 1000n}::bigint`);

/**
 * Everything that starts between two instants, both included; stops once more than `enough` events are found. Each
 * distinct data is looked up once: for a page of 5,000 events that is pushed again this took as long as all the rest.
 */
export const contentBetween = async (
  tx: Tx,
  bucket: BucketKey,
  firstMs: bigint,
  lastMs: bigint,
  enough: number,
): Promise<Content> => {
  const rows = await tx.$queryRaw<Omit<Row, 'at_ms'>[]>`
    select coalesce(sum(event.events), 0)::bigint as events,
      coalesce(sum(event.events * held.data_bytes), 0)::bigint as bytes
    from ${askedBucket(bucket)}
    cross join lateral (
      select value, count(*) as events from (
        select value from events where ${oldest(enough + 1, {
          from: startOf(firstMs),
          to: Prisma.sql`(${startOf(lastMs + 1n)} - interval '1 microsecond')`,
        })}
      ) each_event
      group by value
    ) event
    cross join ${valueOf(Prisma.sql`asked.account`, Prisma.sql`event.value`, Prisma.sql`data_bytes`)} held`;
  return contentOf(rows[0]!);
};

/**
 * The same for each of these instants at which something starts. A probe of events_account_bucket_timestamp_idx
 * per instant.
 */
export const contentPerInstant = async (
  tx: Tx,
  { account, number }: BucketKey,
  instants: readonly bigint[],
): Promise<Map<bigint, Content>> => {
  const rows = await tx.$queryRaw<Row[]>`
    select at_ms, content.events, content.bytes::bigint as bytes
    from (
      select ${account}::int as account, ${number}::int as bucket, unnest(${instants}::bigint[]) as at_ms offset 0
    ) instants
    cross join lateral (
      select count(*) as events, coalesce(sum(held.data_bytes), 0) as bytes
      from ${eventsAtInstants} event
      cross join ${valueOf(Prisma.sql`event.account`, Prisma.sql`event.value`, Prisma.sql`data_bytes`)} held
    ) content
    where content.events > 0`;
  return new Map(rows.map((row) => [row.at_ms, contentOf(row)]));
};
