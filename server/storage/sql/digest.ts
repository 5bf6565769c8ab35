import { Prisma } from '../../../prisma/generated/client/client.ts';
import { instant, timestamptz } from './time.ts';

/** A UTC day as the number of days since 1970. */
const dayOf = (atMs: Prisma.Sql): Prisma.Sql => Prisma.sql`floor(${atMs} / 86400000.0)::int`;

/** Rows of a bucket whose instant lies on a day: bounds for events_bucket_uuid_timestamp_idx. */
const onDay = (bucket: string, day: number): Prisma.Sql => Prisma.sql`
  bucket_uuid = ${bucket}::uuid
  and timestamp >= ${timestamptz(Prisma.sql`${day}::bigint * 86400000000`)}
  and timestamp < ${timestamptz(Prisma.sql`(${day}::bigint + 1) * 86400000000`)}`;

/**
 * Buckets' digests (sync.md section 4): per UTC day of the instant, how many events and the exact sum of their content
 * hashes, of all rows and of those with a source id. Sums are numeric, so that equal events add up instead of cancelling
 * out. At most `limit` days in all.
 */
export const digests = (buckets: readonly string[], limit: number): Prisma.Sql => Prisma.sql`
  select bucket_uuid::text as bucket, ${dayOf(instant(Prisma.sql`timestamp`))} as day,
         count(*) as events, sum(content_hash)::text as hash,
         count(source_id) as pushed, coalesce(sum(content_hash) filter (where source_id is not null), 0)::text as pushed_hash
  from events where bucket_uuid = any(${buckets}::uuid[])
  group by bucket_uuid, day order by bucket_uuid, day limit ${limit}::bigint`;

/** What a device pushed of one day: for the one whose digest differs. The first `limit` source ids above `after`. */
export const sourcesOnDay = (bucket: string, day: number, after: number | null, limit: number): Prisma.Sql => Prisma.sql`
  select source_id, content_hash from events
  where ${onDay(bucket, day)} and source_id is not null
  ${after === null ? Prisma.empty : Prisma.sql`and source_id > ${after}::bigint`}
  order by source_id limit ${limit}::bigint`;

/** The instants (ms) of a day at which anything starts, or went away: the first `limit` behind `after`, ascending. */
export const instantsOnDay = (bucket: string, day: number, after: bigint | null, limit: number): Prisma.Sql => Prisma.sql`
  select at_ms from (
    select ${instant(Prisma.sql`timestamp`)} as at_ms from events where ${onDay(bucket, day)}
    union
    select instant from deleted_events
    where bucket_uuid = ${bucket}::uuid and instant >= ${day}::bigint * 86400000 and instant < (${day}::bigint + 1) * 86400000
  ) day
  ${after === null ? Prisma.empty : Prisma.sql`where at_ms > ${after}::bigint`}
  order by at_ms limit ${limit}::bigint`;
