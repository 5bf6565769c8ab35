/** The number and size of what starts at a bucket's instants (ms). Data is measured without being read. */
import { Prisma } from '../../prisma/generated/client/client.ts';
import type { Tx } from './database.ts';
import { eventsAtInstants } from './sql/events-at-instants.ts';
import { timestamptz } from './sql/time.ts';

export type Content = { readonly events: number; readonly bytes: number };

type Row = { at_ms: bigint; events: bigint; bytes: bigint };
const contentOf = ({ events, bytes }: Omit<Row, 'at_ms'>): Content => ({
  events: Number(events),
  bytes: Number(bytes),
});

const startOf = (atMs: bigint): Prisma.Sql => timestamptz(Prisma.sql`${atMs * 1000n}::bigint`);

/** Everything that starts between two instants, both included; stops once more than `enough` events are found. */
export const contentBetween = async (
  tx: Tx,
  bucket: string,
  firstMs: bigint,
  lastMs: bigint,
  enough: number,
): Promise<Content> => {
  const rows = await tx.$queryRaw<Omit<Row, 'at_ms'>[]>`
    select count(*) as events, coalesce(sum(data_bytes), 0)::bigint as bytes from (
      select data_bytes from events
      where bucket_uuid = ${bucket}::uuid and timestamp >= ${startOf(firstMs)} and timestamp < ${startOf(lastMs + 1n)}
      order by timestamp limit ${enough + 1}
    ) found`;
  return contentOf(rows[0]!);
};

/**
 * The same for each of these instants at which something starts. A probe of events_bucket_uuid_timestamp_idx per
 * instant.
 */
export const contentPerInstant = async (
  tx: Tx,
  bucket: string,
  instants: readonly bigint[],
): Promise<Map<bigint, Content>> => {
  const rows = await tx.$queryRaw<Row[]>`
    select at_ms, content.events, content.bytes::bigint as bytes
    from (select ${bucket}::uuid as bucket, unnest(${instants}::bigint[]) as at_ms) instants
    cross join lateral (select count(*) as events, coalesce(sum(data_bytes), 0) as bytes
      from ${eventsAtInstants} event) content
    where content.events > 0`;
  return new Map(rows.map((row) => [row.at_ms, contentOf(row)]));
};
